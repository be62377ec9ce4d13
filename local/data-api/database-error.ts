import { DatabaseError } from 'pg';
import { ApiError } from './api-error.ts';

/**
 * What a client is told of an error. PostgreSQL's comes in the service's form: message, hint, position in the
 * SQL after its parameters became $1, $2, …, and SQLSTATE; its detail stays behind.
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

/** The one syntax error that PostgreSQL raises in this routine; the message may be in another language. */
const isMultistatement = ({ code, routine }: DatabaseError) =>
  code === '42601' && routine === 'exec_parse_message';
