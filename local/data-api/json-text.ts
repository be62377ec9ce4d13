import { ApiError } from './api-error.ts';

/**
 * Parses a request's body. An integer that a JavaScript number cannot hold becomes a bigint, so that
 * 9007199254740993 reaches PostgreSQL as it was sent. A null member is left out: to AWS it is missing.
 *
 * @throws ApiError SerializationException.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
      if (value === null) return undefined;
      const source = context?.source ?? '';
      const rounded = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
      return rounded ? BigInt(source) : value;
    });
  } catch (cause) {
    throw new ApiError('SerializationException', 'The request body is not valid JSON', { cause });
  }
}
