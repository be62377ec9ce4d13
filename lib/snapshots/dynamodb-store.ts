import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
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
  body: z.object({ B: z.instanceof(Uint8Array) }),
});

const headKey = { pk: { S: 'head' } };
const chunkKey = (hash: string) => ({ pk: { S: `chunk#${hash}` } });

/**
 * The published snapshot in one DynamoDB table with the string key `pk`, by writes to single items.
 *
 *     head          epoch, rank, head (JSON: see Head)
 *     chunk#<hash>  body (gzip), epoch, rank (of its last write), expiresAt (once retired; the table's TTL)
 */
export function createDynamoDbStore({
  client,
  table,
  nowMs,
}: {
  client: Pick<DynamoDBClient, 'send'>;
  table: string;
  nowMs: () => number;
}): SnapshotStore {
  const TableName = table;

  return {
    async readHead() {
      const command = new GetItemCommand({ TableName, Key: headKey, ConsistentRead: true });
      const { Item } = await attempt('read the head', client.send(command));
      return Item === undefined ? undefined : Head.parse(JSON.parse(HeadItem.parse(Item).head.S));
    },

    async readChunks(hashes) {
      const chunks: Chunk[] = [];
      let keys = hashes.map(chunkKey);
      while (keys.length > 0) {
        const batch = keys.slice(0, keysPerBatch);
        const command = new BatchGetItemCommand({
          RequestItems: { [table]: { Keys: batch, ConsistentRead: true, ProjectionExpression: 'pk, body' } },
        });
        const { Responses, UnprocessedKeys } = await attempt('read chunks', client.send(command));
        for (const item of Responses?.[table] ?? []) {
          const { pk, body } = ChunkItem.parse(item);
          chunks.push({ hash: pk.S.slice('chunk#'.length), body: body.B });
        }
        // 16 MB at most come at once; the rest is asked for again.
        const unread = UnprocessedKeys?.[table]?.Keys ?? [];
        if (unread.length === batch.length)
          throw new StoreError('read chunks', new Error('no key was processed'));
        keys = [...unread.map((key) => ({ pk: { S: key['pk']?.S ?? '' } })), ...keys.slice(batch.length)];
      }
      return chunks;
    },

    async writeChunks(chunks, version) {
      const waiting = [...chunks];
      const write = async () => {
        for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
          const command = new PutItemCommand({
            TableName,
            Item: { ...chunkKey(chunk.hash), ...versionItem(version), body: { B: chunk.body } },
            // Not back to an earlier version: one between the two could retire it then.
            ConditionExpression: `attribute_not_exists(epoch) OR ${isEarlier} OR ${isSame}`,
            ExpressionAttributeNames: { '#rank': 'rank' },
            ExpressionAttributeValues: versionValues(version),
          });
          await attemptIf('write a chunk', client.send(command));
        }
      };
      await Promise.all(Array.from({ length: writesAtOnce }, write));
    },

    async publish(head, over) {
      const command = new PutItemCommand({
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
      return (await attemptIf('publish', client.send(command))) !== undefined;
    },

    async retireChunks(hashes, version) {
      for (const hash of hashes) {
        const command = new UpdateItemCommand({
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
        await attemptIf('retire a chunk', client.send(command));
      }
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
