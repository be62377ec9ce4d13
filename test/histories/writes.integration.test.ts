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

test('of a large table, one changed row writes at most two chunks and the head, and no change writes no chunk', async () => {
  const { dynamoDb, counted, reset } = countWrites(createDynamoDbClient(parts.dynamoDb.directUrl));
  const { refresher } = createContainer(parts.settings(), { dynamoDb, report: () => {} }).shared;

  async function refresh(called: string) {
    reset();
    const { outcome } = await refresher.refresh({ deadlineMs: Date.now() + 60_000, wait: true, lingerMs: 0 });
    const { chunks, chunkBytes, heads, headBytes } = counted;
    process.stderr.write(
      `  ${rows} rows, ${called}: ${chunks} chunks (${chunkBytes} bytes), ${heads} heads (${headBytes} bytes)\n`,
    );
    return { outcome, chunks, heads };
  }

  expect(await refresh('at first')).toMatchObject({ outcome: 'published', heads: 1 });
  expect(counted.chunks).toBeGreaterThan(10);

  await parts.database.pool.query("UPDATE bbs_topic SET comment = 'changed' WHERE id = $1", [rows / 2]);
  expect(await refresh('one row changed')).toMatchObject({ outcome: 'published', heads: 1 });
  expect(counted.chunks).toBeLessThanOrEqual(2);

  await parts.database.pool.query('DELETE FROM bbs_topic WHERE id = $1', [rows / 4]);
  expect(await refresh('one row deleted')).toMatchObject({ outcome: 'published', heads: 1 });
  expect(counted.chunks).toBeLessThanOrEqual(2);

  expect(await refresh('nothing changed')).toMatchObject({ outcome: 'unchanged', chunks: 0 });
}, 120_000);

/** What is put into the table: how many items of each kind, and the bytes that they hold. */
function countWrites(dynamoDb: DynamoDb) {
  const none = { chunks: 0, chunkBytes: 0, heads: 0, headBytes: 0 };
  const counted = { ...none };
  const watched: DynamoDb = {
    ...dynamoDb,
    putItem(input) {
      const { body, head } = input.Item;
      if (body !== undefined && 'B' in body) {
        counted.chunks += 1;
        counted.chunkBytes += Buffer.byteLength(body.B, 'base64');
      }
      if (head !== undefined && 'S' in head) {
        counted.heads += 1;
        counted.headBytes += head.S.length;
      }
      return dynamoDb.putItem(input);
    },
  };
  return { dynamoDb: watched, counted, reset: () => Object.assign(counted, none) };
}
