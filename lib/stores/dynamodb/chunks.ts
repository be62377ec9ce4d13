import * as z from 'zod/mini';
import { workAtOnce } from '../../at-once.ts';
import type { DynamoDb, Key } from '../../aws/dynamodb.ts';
import type { Version } from '../../snapshots/head.ts';
import { type SnapshotStore, StoreError } from '../store.ts';
import { attempt, attemptIf } from './calls.ts';
import { isEarlier, isSame, versionItem, versionNames, versionValues } from './versions.ts';

/** For how long a chunk that no head names is kept, for containers that still read an older head. */
const retiredForSeconds = 24 * 60 * 60;

/**
 * How many bytes of a body go into one item. DynamoDB takes 400 KB (409,600 bytes) for all of it, its other attributes
 * and their names too. Only a row of its own that large, and that hardly gets smaller by deflating, needs more than one.
 */
const partBytes = 380_000;

/** DynamoDB takes at most so many keys in one BatchGetItem. */
const keysPerBatch = 100;
const writesAtOnce = 8;

const parts = z.optional(z.object({ N: z.string().check(z.regex(/^[1-9]\d{0,2}$/)) }));
const PartItem = z.object({
  pk: z.object({ S: z.string() }),
  /** Not `z.base64()`, which takes longer than all else here: other text decodes to bytes that no seal is of. */
  body: z.object({ B: z.string() }),
  parts,
});
const Retired = z.object({ parts });
const partsOf = (item: z.output<typeof Retired> | undefined) => Number(item?.parts?.N ?? 1);

interface Part {
  body: Buffer;
  /** Of the chunk. */
  parts: number;
}

/** @param part counted from 0, which is the chunk's own item */
const pkOf = (hash: string, part: number) => `chunk#${hash}${part === 0 ? '' : `#${part}`}`;
/** Of all parts, in order. */
const pksOf = (hash: string, parts: number) => Array.from({ length: parts }, (_, part) => pkOf(hash, part));
const keyOf = (pk: string): Key => ({ pk: { S: pk } });

export interface DynamoDbStoreDeps {
  dynamoDb: DynamoDb;
  table: string;
  nowMs: () => number;
}

/** The chunks of a snapshot: see `createDynamoDbStore`. */
export function createDynamoDbChunks({
  dynamoDb,
  table: TableName,
  nowMs,
}: DynamoDbStoreDeps): Pick<SnapshotStore, 'readChunks' | 'writeChunks' | 'retireChunks'> {
  /** Those that are there, by key. */
  async function read(pks: readonly string[]): Promise<Map<string, Part>> {
    const found = new Map<string, Part>();
    let keys = pks.map(keyOf);
    while (keys.length > 0) {
      const batch = keys.slice(0, keysPerBatch);
      const got = dynamoDb.batchGetItem({
        TableName,
        Keys: batch,
        ConsistentRead: true,
        ProjectionExpression: 'pk, body, parts',
      });
      const { items, unprocessed } = await attempt('read chunks', got);
      for (const item of items) {
        const { data } = PartItem.safeParse(item); // what is no part is not there, and is repaired
        if (data !== undefined)
          found.set(data.pk.S, { body: Buffer.from(data.body.B, 'base64'), parts: partsOf(data) });
      }
      // 16 MB at most come at once; the rest is asked for again.
      if (unprocessed.length === batch.length)
        throw new StoreError('read chunks', new Error('no key was processed'));
      keys = [...unprocessed, ...keys.slice(batch.length)];
    }
    return found;
  }

  /** @returns of how many parts it is the first; 1 where it is not there, or stays */
  async function retire(pk: string, version: Version): Promise<number> {
    const retired = dynamoDb.updateItem({
      TableName,
      Key: keyOf(pk),
      // The parts are set so that they are told, and the body is not.
      UpdateExpression: 'SET expiresAt = :expiresAt, parts = if_not_exists(parts, :one)',
      // Not one that a later refresh has written again meanwhile.
      ConditionExpression: isEarlier,
      ExpressionAttributeNames: versionNames,
      ExpressionAttributeValues: {
        ...versionValues(version),
        ':expiresAt': { N: String(Math.floor(nowMs() / 1000) + retiredForSeconds) },
        ':one': { N: '1' },
      },
      ReturnValues: 'UPDATED_NEW',
    });
    return partsOf(Retired.safeParse(await attemptIf('retire a chunk', retired)).data);
  }

  return {
    async readChunks(hashes) {
      const firsts = await read(hashes.map((hash) => pkOf(hash, 0)));
      const chunks = hashes.flatMap((hash) => {
        const first = firsts.get(pkOf(hash, 0));
        return first === undefined ? [] : [{ hash, first, pks: pksOf(hash, first.parts).slice(1) }];
      });
      const others = await read(chunks.flatMap(({ pks }) => pks));
      return chunks.flatMap(({ hash, first, pks }) => {
        if (pks.length === 0) return [{ hash, body: first.body }];
        // Without one of its parts a chunk is missing, as one is that has expired: a part may expire before the others.
        const bodies = pks.flatMap((pk) => others.get(pk)?.body ?? []);
        return bodies.length < pks.length ? [] : [{ hash, body: Buffer.concat([first.body, ...bodies]) }];
      });
    },

    async writeChunks(chunks, version) {
      await workAtOnce(chunks, writesAtOnce, async ({ hash, body }) => {
        const parts = Math.max(1, Math.ceil(body.byteLength / partBytes));
        // The chunk's own item comes last: who finds it finds the others.
        for (const [part, pk] of [...pksOf(hash, parts).entries()].reverse()) {
          const bytes = body.subarray(part * partBytes, (part + 1) * partBytes);
          const put = dynamoDb.putItem({
            TableName,
            Item: {
              ...keyOf(pk),
              ...versionItem(version),
              body: { B: Buffer.from(bytes).toString('base64') },
              ...(part === 0 && parts > 1 ? { parts: { N: String(parts) } } : {}),
            },
            // Not back to an earlier version: one between the two could retire it then.
            ConditionExpression: `attribute_not_exists(epoch) OR ${isEarlier} OR ${isSame}`,
            ExpressionAttributeNames: versionNames,
            ExpressionAttributeValues: versionValues(version),
          });
          await attemptIf('write a chunk', put);
        }
      });
    },

    async retireChunks(hashes, version) {
      await workAtOnce(hashes, writesAtOnce, async (hash) => {
        const parts = await retire(pkOf(hash, 0), version);
        for (const pk of pksOf(hash, parts).slice(1)) await retire(pk, version);
      });
    },
  };
}
