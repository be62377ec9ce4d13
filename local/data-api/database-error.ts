import { DatabaseError } from 'pg';
import { ApiError } from './api-error.ts';

/**
 * Converts any error to the client's error. An error of PostgreSQL keeps its message, its hint, its position in the
 * SQL after the parameters became $1, $2, …, and its SQLSTATE. Its detail is dropped.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof DatabaseError)) {
    return new ApiError('InternalServerErrorException', 'An internal error occurred.', { cause: error });
  }
  if (isMultistatement(error)) {
    return new ApiError('ValidationException', "Multistatements aren't supported", { cause: error });
  }
  const parts = [
    `ERROR: ${error.message}`,
    error.hint === undefined ? [] : `Hint: ${error.hint}`,
    error.position === undefined ? [] : `Position: ${error.position}`,
    `SQLState: ${error.code}`,
  ];
  return new ApiError('DatabaseErrorException', parts.flat().join('; '), { cause: error });
}

/** Recognises the error by its routine, because the message is localised. That routine raises no other syntax error. */
const isMultistatement = ({ code, routine }: DatabaseError) =>
  code === '42601' && routine === 'exec_parse_message';
