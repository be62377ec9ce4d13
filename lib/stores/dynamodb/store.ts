import * as z from 'zod/mini';
import type { Item } from '../../aws/dynamodb.ts';
import { Head } from '../../snapshots/head.ts';
import type { SnapshotStore } from '../store.ts';
import { attempt, attemptIf } from './calls.ts';
import { createDynamoDbChunks, type DynamoDbStoreDeps } from './chunks.ts';
import { isSame, versionItem, versionNames, versionValues } from './versions.ts';

const HeadItem = z.object({ head: z.object({ S: z.string() }) });
/** @throws ZodError, SyntaxError */
const headIn = (item: Item) => Head.parse(JSON.parse(HeadItem.parse(item).head.S));

const headKey = { pk: { S: 'head' } };

/**
 * The published snapshot in one DynamoDB table with the string key `pk`, by writes to single items.
 *
 *     head            epoch, rank, head (JSON: see Head)
 *     chunk#<hash>    body (see Chunk), epoch, rank (of its last write), expiresAt (once retired; the table's TTL),
 *                     parts (where the body is too large for one item: of how many this has the first; 1 in
 *                     others that are retired)
 *     chunk#<hash>#1  the next part of such a body, epoch, rank, expiresAt; then chunk#<hash>#2, …
 */
export function createDynamoDbStore(deps: DynamoDbStoreDeps): SnapshotStore {
  const { dynamoDb, table: TableName } = deps;

  return {
    ...createDynamoDbChunks(deps),

    async readHead() {
      const got = dynamoDb.getItem({ TableName, Key: headKey, ConsistentRead: true });
      const read = got.then((item) => (item === undefined ? undefined : headIn(item)));
      return attempt('read the head', read);
    },

    async publish(head, over) {
      const put = dynamoDb.putItem({
        TableName,
        Item: { ...headKey, ...versionItem(head), head: { S: JSON.stringify(head) } },
        // A head is replaced by nobody but who has seen it, and counted on its chunks.
        ...(over === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: isSame,
              ExpressionAttributeNames: versionNames,
              ExpressionAttributeValues: versionValues(over),
            }),
      });
      return (
        (await attemptIf(
          'publish',
          put.then(() => true),
        )) ?? false
      );
    },
  };
}
