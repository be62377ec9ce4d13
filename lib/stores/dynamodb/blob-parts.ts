import type { Item } from '../../aws/dynamodb.ts';
import { delays } from '../../aws/next-try.ts';
import type { Clock } from '../../clock.ts';
import * as z from '../../parse.ts';
import { backOffMs } from '../../retry.ts';
import { StoreError } from '../store-error.ts';
import { attempt } from './calls.ts';
import type { CacheTable } from './table.ts';

/** DynamoDB's limit for the keys of one BatchGetItem. */
const keysPerBatch = 100;
/** After this number of batches without a processed key, the store counts as not responding. */
const mostEmptyBatches = 5;

const Number_ = z.pipe(
  z.object({ N: z.string().check(z.regex(/^\d{1,15}$/)) }),
  z.transform(({ N }) => Number(N)),
);
export const blobPrefix = 'blob#';
const Key = z.object({
  pk: z.object({ S: z.string() }),
  sk: z.object({ S: z.string().check(z.regex(/^\d{1,4}$/)) }),
});
export const BlobItem = z.extend(Key, {
  /** `z.base64()` would take longer than the rest of the read; invalid base64 decodes to bytes without a valid seal. */
  body: z.optional(z.object({ B: z.string() })),
  sweep: Number_,
  /** In part 0 of a blob with several parts. */
  parts: z.optional(Number_),
});

export interface Part {
  body: Buffer;
  sweep: number;
  /** The number of the blob's parts. */
  parts: number;
}

export const keyOf = (hash: string, part: number) => ({
  pk: { S: `${blobPrefix}${hash}` },
  sk: { S: String(part) },
});
const nameOf = (hash: string, part: number) => `${hash} ${part}`;

/** Reads all parts of blobs, by consistent reads. Missing, incomplete and unparsable blobs are left out. */
export function createPartReader({
  dynamoDb,
  table: TableName,
  clock,
  random,
}: CacheTable & { clock: Clock; random: () => number }) {
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
      if (empty > 0) await clock.sleep(backOffMs(delays, empty, random));
    }
    return found;
  }

  function add(found: Map<string, Part>, item: Item) {
    const { data } = BlobItem.safeParse(item); // an unparsable item counts as missing, and gets repaired
    if (data === undefined) return;
    const { pk, sk, body, sweep, parts = 1 } = data;
    const name = nameOf(pk.S.slice(blobPrefix.length), Number(sk.S));
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

  return readAll;
}
