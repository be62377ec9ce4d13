import { type Item, keyOfItem } from '../../aws/dynamodb.ts';
import { backOffMs } from '../../aws/retry.ts';
import type { Clock } from '../../clock.ts';
import * as z from '../../parse.ts';
import type { BlobStore, BlobSweep } from '../blobs.ts';
import { StoreError } from '../store-error.ts';
import { attempt, attemptIf } from './calls.ts';
import type { CacheTable } from './table.ts';

/**
 * The bytes of a body per item. DynamoDB's limit is 400 KB (409,600 bytes) for all attributes with their names. Only
 * a huge row that hardly compresses needs a second item.
 */
const partBytes = 380_000;
/** DynamoDB's limit for the keys of one BatchGetItem. */
const keysPerBatch = 100;
/** After this number of batches without a processed key, the store counts as not responding. */
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
  /** `z.base64()` would take longer than the rest of the read; invalid base64 decodes to bytes without a valid seal. */
  body: z.optional(z.object({ B: z.string() })),
  sweep: Number_,
  /** In part 0 of a blob with several parts. */
  parts: z.optional(Number_),
});

interface Part {
  body: Buffer;
  sweep: number;
  /** The blob's hash. */
  parts: number;
}

const keyOf = (hash: string, part: number) => ({ pk: { S: `${prefix}${hash}` }, sk: { S: String(part) } });
const nameOf = (hash: string, part: number) => `${hash} ${part}`;

/**
 * Blobs, each in a partition of its own:
 *
 *     blob#<hash>  <part>   body, sweep, parts (of part 0, if there are several)
 */
export function createDynamoDbBlobs({
  dynamoDb,
  table: TableName,
  clock,
  random,
}: CacheTable & { clock: Clock; random: () => number }): BlobStore & BlobSweep {
  /** The parts found, by name. */
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
      // A response has at most 16 MB, and less if DynamoDB throttles; the loop requests the rest.
      keys = [...unprocessed, ...keys.slice(batch.length)];
      empty = unprocessed.length === batch.length ? empty + 1 : 0;
      if (empty >= mostEmptyBatches) throw new StoreError('read blobs', new Error('no key was processed'));
      if (empty > 0) await clock.sleep(backOffMs(empty, random));
    }
    return found;
  }

  function add(found: Map<string, Part>, item: Item) {
    const { data } = BlobItem.safeParse(item); // an unparsable item counts as missing, and gets repaired
    if (data === undefined) return;
    const { pk, sk, body, sweep, parts = 1 } = data;
    const name = nameOf(pk.S.slice(prefix.length), Number(sk.S));
    found.set(name, { body: Buffer.from(body?.B ?? '', 'base64'), sweep, parts });
  }

  /** All parts of the blobs that are complete. */
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
      // Part 0 is written last: a reader that finds it finds the others.
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
            // A late publisher that lowered it would let the sweep delete a blob that another publisher counts on.
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
          if (data === undefined || !data.pk.S.startsWith(prefix)) return []; // an item of the dataset's partition
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
