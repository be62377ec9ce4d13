import { DynamoDbError } from '../../aws/errors.ts';
import { isPassing } from '../../aws/retry.ts';
import { StoreError, type StoreFault } from '../store-error.ts';

/**
 * One call, and what is made of its answer. A refusal, no answer, or an answer that cannot be parsed: the caller gets one
 * kind of error.
 * @param operation for the log: "read the pointer"
 */
export async function attempt<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new StoreError(operation, error, faultIn(error));
  }
}

/** One conditional write: undefined where its condition did not hold. */
export async function attemptIf<T>(operation: string, call: Promise<T>): Promise<T | undefined> {
  const held = call.catch((error: unknown) => {
    if (error instanceof DynamoDbError && error.code === 'ConditionalCheckFailedException') return undefined;
    throw error;
  });
  return attempt(operation, held);
}

/** Any error that is not the client's comes of an answer that is not what was asked for. */
function faultIn(error: unknown): StoreFault {
  if (isPassing(error)) return 'does not respond';
  return error instanceof DynamoDbError ? 'refuses the call' : 'returns what cannot be read';
}
