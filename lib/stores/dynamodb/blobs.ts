import { type Item, keyOfItem } from '../../aws/dynamodb.ts';
import { backOffMs } from '../../aws/retry.ts';
import type { Clock } from '../../clock.ts';
import * as z from '../../parse.ts';
import type { BlobStore, BlobSweep } from '../blobs.ts';
import { StoreError } from '../store-error.ts';
import { attempt, attemptIf } from './calls.ts';
import type { CacheTable } from './table.ts';

/**
 * How many bytes of a body go into one item. DynamoDB takes 400 KB (409,600 bytes) for all of it, its other attributes
 * and their names too. Only a row of its own that large, and that hardly gets smaller by deflating, needs more than one.
 */
const partBytes = 380_000;
/** DynamoDB takes at most so many keys in one BatchGetItem. */
const keysPerBatch = 100;
/** Batches in a row of which no key was processed, before the store counts as one that does not respond. */
const mostEmptyBatches = 5;

const Number_ = z.pipe(
  z.object({ N: z.string().check(z.regex(/^\d{1,15}$/)) }),
  z.transform(({ N }) => Number(N)),
);
const prefix = 'blob#';
const Key = z.object({
  pk: z.object({ S: z.string() }),
  sk: z.object({ S: z.string().check(z.regex(/^\d{1,4}$/)) }),
});
const BlobItem = z.extend(Key, {
  /** Not `z.base64()`, which takes longer than all else here: other text decodes to bytes that no seal is of. */
  body: z.optional(z.object({ B: z.string() })),
  sweep: Number_,
  /** Of part 0, where there is more than one. */
  parts: z.optional(Number_),
});

interface Part {
  body: Buffer;
  sweep: number;
  /** Of the blob. */
  parts: number;
}

const keyOf = (hash: string, part: number) => ({ pk: { S: `${prefix}${hash}` }, sk: { S: String(part) } });
const nameOf = (hash: string, part: number) => `${hash} ${part}`;

/**
 * Blobs, each in a partition of its own:
 *
 *     blob#<hash>  <part>   body, sweep, parts (of part 0, where there are several)
 */
export function createDynamoDbBlobs({
  dynamoDb,
  table: TableName,
  clock,
  random,
}: CacheTable & { clock: Clock; random: () => number }): BlobStore & BlobSweep {
  /** The parts that are there, by name. */
  async function readParts(parts: readonly [hash: string, part: number][], attributes: string) {
    const found = new Map<string, Part>();
    let keys: Record<string, { S: string }>[] = parts.map(([hash, part]) => keyOf(hash, part));
    for (let empty = 0; keys.length > 0; ) {
      const batch = keys.slice(0, keysPerBatch);
      const got = dynamoDb.batchGetItem({
        TableName,
        Keys: batch,
        ConsistentRead: true,
        ProjectionExpression: attributes,
      });
      const { items, unprocessed } = await attempt('read blobs', got);
      for (const item of items) add(found, item);
      // 16 MB at most come at once, and less where the table throttles; the rest is asked for again.
      keys = [...unprocessed, ...keys.slice(batch.length)];
      empty = unprocessed.length === batch.length ? empty + 1 : 0;
      if (empty >= mostEmptyBatches) throw new StoreError('read blobs', new Error('no key was processed'));
      if (empty > 0) await clock.sleep(backOffMs(empty, random));
    }
    return found;
  }

  function add(found: Map<string, Part>, item: Item) {
    const { data } = BlobItem.safeParse(item); // what cannot be parsed is not there, and is repaired
    if (data === undefined) return;
    const { pk, sk, body, sweep, parts = 1 } = data;
    const name = nameOf(pk.S.slice(prefix.length), Number(sk.S));
    found.set(name, { body: Buffer.from(body?.B ?? '', 'base64'), sweep, parts });
  }

  /** All parts of the blobs that have them all. */
  async function readAll(hashes: readonly string[], attributes: string): Promise<Map<string, Part[]>> {
    const firsts = await readParts(
      hashes.map((hash) => [hash, 0]),
      attributes,
    );
    const names = hashes.flatMap((hash) => {
      const { parts = 0 } = firsts.get(nameOf(hash, 0)) ?? {};
      return Array.from({ length: Math.max(0, parts - 1) }, (_, at): [string, number] => [hash, at + 1]);
    });
    const others = await readParts(names, attributes);
    const whole = new Map<string, Part[]>();
    for (const hash of hashes) {
      const first = firsts.get(nameOf(hash, 0));
      if (first === undefined) continue;
      const rest = Array.from({ length: first.parts - 1 }, (_, at) => others.get(nameOf(hash, at + 1)) ?? []);
      const parts = [first, ...rest.flat()];
      if (parts.length === first.parts) whole.set(hash, parts);
    }
    return whole;
  }

  return {
    async read(hashes) {
      const whole = await readAll(hashes, 'pk, sk, body, sweep, parts');
      return hashes.flatMap((hash) => {
        const [first, ...rest] = whole.get(hash) ?? [];
        if (first === undefined) return [];
        const body =
          rest.length === 0 ? first.body : Buffer.concat([first, ...rest].map((part) => part.body));
        return [{ hash, body }];
      });
    },

    async put({ hash, body }, sweep, untilMs) {
      const parts = Math.max(1, Math.ceil(body.byteLength / partBytes));
      // Part 0 comes last: who finds it finds the others.
      for (let part = parts - 1; part >= 0; part -= 1) {
        const bytes = body.subarray(part * partBytes, (part + 1) * partBytes);
        const put = dynamoDb.putItem(
          {
            TableName,
            Item: {
              ...keyOf(hash, part),
              sweep: { N: String(sweep) },
              body: { B: Buffer.from(bytes).toString('base64') },
              ...(part === 0 && parts > 1 ? { parts: { N: String(parts) } } : {}),
            },
            // A late publisher that lowered it would have the sweep delete what another counts on.
            ConditionExpression: 'attribute_not_exists(pk) OR sweep <= :sweep',
            ExpressionAttributeValues: { ':sweep': { N: String(sweep) } },
          },
          { untilMs },
        );
        const done = await attemptIf(
          'write a blob',
          put.then(() => true),
        );
        if (done === undefined) return false;
      }
      return true;
    },

    async carrying(hashes, sweep) {
      const whole = await readAll(hashes, 'pk, sk, sweep, parts');
      return new Set(hashes.filter((hash) => whole.get(hash)?.every((part) => part.sweep === sweep)));
    },

    async scan(cursor) {
      const from = cursor === undefined ? {} : { ExclusiveStartKey: keyOfItem(JSON.parse(cursor)) };
      const page = dynamoDb.scan({
        TableName,
        ProjectionExpression: 'pk, sk, sweep',
        ConsistentRead: true,
        ...from,
      });
      const { items, next } = await attempt('scan for blobs', page);
      return {
        seen: items.flatMap((item) => {
          const { data } = BlobItem.safeParse(item);
          if (data === undefined || !data.pk.S.startsWith(prefix)) return []; // of the dataset's partition
          return [{ hash: data.pk.S.slice(prefix.length), part: Number(data.sk.S), sweep: data.sweep }];
        }),
        cursor: next === undefined ? undefined : JSON.stringify(next),
      };
    },

    async deleteSeen({ hash, part, sweep }) {
      const deleted = dynamoDb.deleteItem({
        TableName,
        Key: keyOf(hash, part),
        ConditionExpression: 'sweep = :sweep',
        ExpressionAttributeValues: { ':sweep': { N: String(sweep) } },
      });
      return (
        (await attemptIf(
          'delete a blob',
          deleted.then(() => true),
        )) ?? false
      );
    },
  };
}
