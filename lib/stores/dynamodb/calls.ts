import { DynamoDbError } from '../../aws/errors.ts';
import { isPassing } from '../../aws/next-try.ts';
import { StoreError, type StoreFault } from '../store-error.ts';

/**
 * Makes one call and parses its response. A rejection, a missing response and an unparsable response all become a
 * StoreError.
 * @param operation for the log: "read the pointer"
 */
export async function attempt<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new StoreError(operation, error, faultIn(error));
  }
}

/**
 * Makes one conditional write.
 * @returns undefined if its condition failed
 */
export async function attemptIf<T>(operation: string, call: Promise<T>): Promise<T | undefined> {
  const held = call.catch((error: unknown) => {
    if (error instanceof DynamoDbError && error.code === 'ConditionalCheckFailedException') return undefined;
    throw error;
  });
  return attempt(operation, held);
}

/** The same for a write without a response: whether its condition held. */
export const isDone = async (operation: string, call: Promise<void>): Promise<boolean> =>
  (await attemptIf(
    operation,
    call.then(() => true),
  )) ?? false;

/** Any other error comes from parsing the response. */
function faultIn(error: unknown): StoreFault {
  if (isPassing(error)) return 'does not respond';
  return error instanceof DynamoDbError ? 'rejects the call' : 'returns an unreadable response';
}
