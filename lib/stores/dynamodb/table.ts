import type { DynamoDb } from '../../aws/dynamodb.ts';

/** The DynamoDB table of a deployment: partition key `pk` and sort key `sk`, both strings. */
export interface CacheTable {
  dynamoDb: DynamoDb;
  table: string;
}

/** The partition of the pointer, the archived pointers and the refresh item. Each blob has a partition of its own. */
export const datasetKey = (sk: string) => ({ pk: { S: 'dataset' }, sk: { S: sk } });
