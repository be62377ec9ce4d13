import { keyOfItem } from '../../aws/dynamodb.ts';
import type { Clock } from '../../clock.ts';
import type { BlobStore, BlobSweep } from '../blobs.ts';
import { BlobItem, blobPrefix, createPartReader, keyOf } from './blob-parts.ts';
import { attempt, isDone } from './calls.ts';
import type { CacheTable } from './table.ts';

/**
 * The bytes of a body per item. DynamoDB's limit is 400 KB (409,600 bytes) for all attributes with their names. Only
 * a huge row that hardly compresses needs a second item.
 */
const partBytes = 380_000;

/**
 * Blobs, each in a partition of its own:
 *
 *     blob#<hash>  <part>   body, sweep, parts (of part 0, if there are several)
 */
export function createDynamoDbBlobs(
  deps: CacheTable & { clock: Clock; random: () => number },
): BlobStore & BlobSweep {
  const { dynamoDb, table: TableName } = deps;
  const readAll = createPartReader(deps);

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
        if (!(await isDone('write a blob', put))) return false;
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
          if (data === undefined || !data.pk.S.startsWith(blobPrefix)) return []; // an item of the dataset's partition
          return [{ hash: data.pk.S.slice(blobPrefix.length), part: Number(data.sk.S), sweep: data.sweep }];
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
      return isDone('delete a blob', deleted);
    },
  };
}
