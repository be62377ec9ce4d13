import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { createReader } from '../../lib/reading/reader.ts';
import type { ReportedEvent } from '../../lib/report.ts';
import { createTestClient } from '../support/dynamodb.ts';
import { createContainer } from './container.ts';
import { type Parts, startParts } from './parts.ts';

const freshness = { freshForMs: 0, staleLimitMs: 60_000, transactionWaitMs: 1_000 };

/** A container with both functions in it, and what it reported. */
function containerOf(parts: Parts) {
  const events: ReportedEvent[] = [];
  const report = (event: ReportedEvent) => void events.push(event);
  const { shared, own, clock } = createContainer(parts.settings(), { report });
  const reader = createReader({ load: shared.load, loadWithoutStore: own.load, freshness, clock, report });
  return {
    store: shared.store,
    names: () => events.map(({ name }) => name),
    list: () => reader.read({ deadlineMs: clock.now() + 5_000 }),
    refresh: () => shared.refresher.refresh({ deadlineMs: clock.now() + 5_000, wait: true, lingerMs: 0 }),
  };
}

const changeRow = (parts: Parts, comment: string) =>
  parts.database.pool.query('UPDATE bbs_topic SET comment = $1 WHERE id = 250', [comment]);

describe('a chunk of the published snapshot', () => {
  test.each<[string, (parts: Parts, pk: { S: string }) => Promise<unknown>]>([
    [
      'that is not what its name says',
      ({ dynamoDb: { directUrl, table } }, pk) =>
        createTestClient(directUrl).send(
          new PutItemCommand({ TableName: table, Item: { pk, body: { B: Buffer.from('no chunk') } } }),
        ),
    ],
    [
      'that is gone',
      ({ dynamoDb: { directUrl, table } }, pk) =>
        createTestClient(directUrl).send(new DeleteItemCommand({ TableName: table, Key: { pk } })),
    ],
  ])(
    '%s is written again by the first who needs it, and found by the next',
    async (_, damage) => {
      await using cleanUp = new AsyncDisposableStack();
      const parts = await startParts();
      cleanUp.defer(() => parts.close());
      await containerOf(parts).refresh();
      const head = await containerOf(parts).store.readHead();
      await damage(parts, { S: `chunk#${head?.chunks[1]?.hash}` });

      const first = containerOf(parts);
      const repaired = await first.list();
      expect(repaired).toMatchObject({ from: 'database', stale: false });
      expect(repaired.snapshot.head.etag).toBe(await parts.tableHash());
      expect(first.names()).toContain('snapshot.broken');

      const next = containerOf(parts);
      expect(await next.list()).toMatchObject({ from: 'store', snapshot: { head: { etag: head?.etag } } });
      expect(next.names()).not.toContain('snapshot.broken');
    },
    30_000,
  );
});

describe('DynamoDB that was down', () => {
  test.each([
    ['and has kept its data', true],
    ['and has lost its data', false],
  ])(
    '%s: readers went on from memory, refreshes failed, and both work again',
    async (_, keeps) => {
      await using cleanUp = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'offload-dynamodb-'));
      cleanUp.defer(() => rm(folder, { recursive: true }));
      const parts = await startParts(keeps ? { dynamoDbDir: folder } : {});
      cleanUp.defer(() => parts.close());
      const container = containerOf(parts);
      const { snapshot: before } = await container.list();

      await parts.dynamoDb.stop();
      await changeRow(parts, 'while the cache is down');
      await expect(container.refresh()).rejects.toMatchObject({ code: 'cache_unavailable' });
      expect(await container.list()).toMatchObject({ from: 'memory', stale: true, snapshot: before });
      // A container that has nothing in memory reads the table itself.
      const started = await containerOf(parts).list();
      expect(started.snapshot.head.etag).toBe(await parts.tableHash());

      await parts.dynamoDb.start();
      expect(await container.refresh()).toMatchObject({ outcome: 'published' });
      const after = await container.list();
      expect(after).toMatchObject({ stale: false, from: 'store' });
      expect(after.snapshot.head.etag).toBe(await parts.tableHash());
    },
    30_000,
  );
});
