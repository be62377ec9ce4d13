import { DynamoDbError } from '../dynamodb/errors.ts';
import { StoreError } from './store.ts';

/**
 * One call. Whatever DynamoDB refuses, or does not answer, the caller hears one error.
 * @param operation for the log: "read the head"
 */
export async function attempt<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new StoreError(operation, error);
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
