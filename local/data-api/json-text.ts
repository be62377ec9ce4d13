import { ApiError } from './api-error.ts';

/**
 * Parses a request's body. An integer that a JavaScript number cannot hold becomes a bigint, so that
 * 9007199254740993 reaches PostgreSQL with all of its digits. Null members are removed, as AWS ignores them.
 *
 * @throws ApiError SerializationException.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
      if (value === null) return undefined;
      const source = context?.source ?? '';
      const isRounded =
        typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,19}$/.test(source);
      return isRounded ? BigInt(source) : value;
    });
  } catch (cause) {
    throw new ApiError('SerializationException', 'The request body is not valid JSON', { cause });
  }
}
