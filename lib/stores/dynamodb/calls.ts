import { DynamoDbError, UnansweredError } from '../../aws/errors.ts';
import { StoreError, type StoreFault } from '../store.ts';

/**
 * One call, and what is made of its answer. Whatever DynamoDB refuses, or does not answer, or answers that cannot be
 * read, the caller hears one error.
 * @param operation for the log: "read the head"
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

/** What is no error of the client's comes of an answer that is not what was asked for. */
function faultIn(error: unknown): StoreFault {
  if (error instanceof DynamoDbError && error.status < 500) return 'refuses the call';
  const isUnanswered = error instanceof UnansweredError || error instanceof DynamoDbError;
  return isUnanswered ? 'does not answer' : 'gives what cannot be read';
}
