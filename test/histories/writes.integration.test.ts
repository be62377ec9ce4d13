import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DynamoDb } from '../../lib/aws/dynamodb.ts';
import { defaultChunkSizes } from '../../lib/snapshots/cut.ts';
import { createContainer, createDynamoDbClient } from './container.ts';
import { type Parts, startParts } from './parts.ts';

const rows = 100_000;

let parts: Parts;
beforeAll(async () => {
  parts = await startParts({ rows, responseBytes: 1024 * 1024, sizes: defaultChunkSizes });
}, 120_000);
afterAll(() => parts.close());

test('of a large table, one changed row writes at most two chunks, a segment and two pointers, and no change writes no blob', async () => {
  const { dynamoDb, counted, reset } = countWrites(createDynamoDbClient(parts.dynamoDb.directUrl));
  const { refresher } = createContainer(parts.settings(), { dynamoDb, report: () => {} });

  async function refresh(called: string) {
    reset();
    const { outcome } = await refresher.refresh({ deadlineMs: Date.now() + 60_000, wait: true, lingerMs: 0 });
    const { blobs, blobBytes, pointers, pointerBytes } = counted;
    process.stderr.write(
      `  ${rows} rows, ${called}: ${blobs} blobs (${blobBytes} bytes), ${pointers} pointers (${pointerBytes} bytes)\n`,
    );
    return { outcome, blobs, pointers };
  }

  await refresh('at first');
  expect(counted.blobs).toBeGreaterThan(10);

  await parts.database.pool.query("UPDATE bbs_topic SET comment = 'changed' WHERE id = $1", [rows / 2]);
  expect(await refresh('one row changed')).toMatchObject({ outcome: 'published', pointers: 2 });
  expect(counted.blobs).toBeLessThanOrEqual(3);

  await parts.database.pool.query('DELETE FROM bbs_topic WHERE id = $1', [rows / 4]);
  expect(await refresh('one row deleted')).toMatchObject({ outcome: 'published', pointers: 2 });
  expect(counted.blobs).toBeLessThanOrEqual(3);

  expect(await refresh('nothing changed')).toMatchObject({ outcome: 'unchanged', blobs: 0, pointers: 1 });
}, 120_000);

/** The writes to the table: the number of items of each kind (archives count as pointers), and their bytes. */
function countWrites(dynamoDb: DynamoDb) {
  const none = { blobs: 0, blobBytes: 0, pointers: 0, pointerBytes: 0 };
  const counted = { ...none };
  const watched: DynamoDb = {
    ...dynamoDb,
    putItem(input, options) {
      const { body } = input.Item;
      if (body !== undefined && 'B' in body) {
        counted.blobs += 1;
        counted.blobBytes += Buffer.byteLength(body.B, 'base64');
      }
      if (body !== undefined && 'S' in body) {
        counted.pointers += 1;
        counted.pointerBytes += body.S.length;
      }
      return dynamoDb.putItem(input, options);
    },
  };
  return { dynamoDb: watched, counted, reset: () => Object.assign(counted, none) };
}
