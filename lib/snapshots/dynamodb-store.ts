import * as z from 'zod/mini';
import { workAtOnce } from '../at-once.ts';
import type { DynamoDb, Key } from '../dynamodb/dynamodb.ts';
import type { Chunk } from './chunk.ts';
import { attempt, attemptIf } from './dynamodb-calls.ts';
import { Head, type Version } from './head.ts';
import { type SnapshotStore, StoreError } from './store.ts';

/** For how long a chunk that no head names is kept, for containers that still read an older head. */
const retiredForSeconds = 24 * 60 * 60;

/** DynamoDB takes at most so many keys in one BatchGetItem. */
const keysPerBatch = 100;
const writesAtOnce = 8;

const HeadItem = z.object({ head: z.object({ S: z.string() }) });
const ChunkItem = z.object({
  pk: z.object({ S: z.string() }),
  /** Not `z.base64()`, which takes longer than all else here: other text decodes to bytes that no seal is of. */
  body: z.object({ B: z.string() }),
});

const headKey = { pk: { S: 'head' } };
const chunkKey = (hash: string) => ({ pk: { S: `chunk#${hash}` } });

/**
 * The published snapshot in one DynamoDB table with the string key `pk`, by writes to single items.
 *
 *     head          epoch, rank, head (JSON: see Head)
 *     chunk#<hash>  body (see Chunk), epoch, rank (of its last write), expiresAt (once retired; the table's TTL)
 */
export function createDynamoDbStore({
  dynamoDb,
  table,
  nowMs,
}: {
  dynamoDb: DynamoDb;
  table: string;
  nowMs: () => number;
}): SnapshotStore {
  const TableName = table;

  return {
    async readHead() {
      const got = dynamoDb.getItem({ TableName, Key: headKey, ConsistentRead: true });
      const item = await attempt('read the head', got);
      return item === undefined ? undefined : Head.parse(JSON.parse(HeadItem.parse(item).head.S));
    },

    async readChunks(hashes) {
      const chunks: Chunk[] = [];
      let keys: Key[] = hashes.map(chunkKey);
      while (keys.length > 0) {
        const batch = keys.slice(0, keysPerBatch);
        const got = dynamoDb.batchGetItem({
          TableName,
          Keys: batch,
          ConsistentRead: true,
          ProjectionExpression: 'pk, body',
        });
        const { items, unprocessed } = await attempt('read chunks', got);
        for (const item of items) {
          const { pk, body } = ChunkItem.parse(item);
          chunks.push({ hash: pk.S.slice('chunk#'.length), body: Buffer.from(body.B, 'base64') });
        }
        // 16 MB at most come at once; the rest is asked for again.
        if (unprocessed.length === batch.length)
          throw new StoreError('read chunks', new Error('no key was processed'));
        keys = [...unprocessed, ...keys.slice(batch.length)];
      }
      return chunks;
    },

    async writeChunks(chunks, version) {
      await workAtOnce(chunks, writesAtOnce, async (chunk) => {
        const body = { B: Buffer.from(chunk.body).toString('base64') };
        const put = dynamoDb.putItem({
          TableName,
          Item: { ...chunkKey(chunk.hash), ...versionItem(version), body },
          // Not back to an earlier version: one between the two could retire it then.
          ConditionExpression: `attribute_not_exists(epoch) OR ${isEarlier} OR ${isSame}`,
          ExpressionAttributeNames: { '#rank': 'rank' },
          ExpressionAttributeValues: versionValues(version),
        });
        await attemptIf('write a chunk', put);
      });
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
              ExpressionAttributeNames: { '#rank': 'rank' },
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

    async retireChunks(hashes, version) {
      await workAtOnce(hashes, writesAtOnce, async (hash) => {
        const retired = dynamoDb.updateItem({
          TableName,
          Key: chunkKey(hash),
          UpdateExpression: 'SET expiresAt = :expiresAt',
          // Not one that a later refresh has written again meanwhile.
          ConditionExpression: isEarlier,
          ExpressionAttributeNames: { '#rank': 'rank' },
          ExpressionAttributeValues: {
            ...versionValues(version),
            ':expiresAt': { N: String(Math.floor(nowMs() / 1000) + retiredForSeconds) },
          },
        });
        await attemptIf('retire a chunk', retired);
      });
    },
  };
}

/** Conditions on an item's version, `:epoch` and `:rank` being another; none holds for an item that is not there. */
const isEarlier = '(epoch < :epoch OR (epoch = :epoch AND #rank < :rank))';
const isSame = '(epoch = :epoch AND #rank = :rank)';

const versionItem = ({ epoch, rank }: Version) => ({
  epoch: { N: String(epoch) },
  rank: { N: String(rank) },
});
const versionValues = ({ epoch, rank }: Version) => ({
  ':epoch': { N: String(epoch) },
  ':rank': { N: String(rank) },
});
