import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import type { Pointer } from '../../lib/snapshots/pointer.ts';
import { readChunkRefs } from '../../lib/stores/read-manifest.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClient } from '../support/dynamodb.ts';
import { createContainer, readWhole } from './container.ts';
import { type Parts, startParts } from './parts.ts';

/** A container with both functions, and its reported events. */
function containerOf(parts: Parts) {
  const { report, names, events } = createReported();
  const container = createContainer(parts.settings(), { report });
  const { clock, refresher } = container;
  return {
    ...{ names, events },
    list: () => readWhole(container, 'topics'),
    refresh: () => refresher.refresh({ deadlineMs: clock.now() + 5_000, wait: true, lingerMs: 0 }),
  };
}

/** The expected ETag of the topics' list. */
async function topicsHash(parts: Parts) {
  const [topics] = createContainer(parts.settings(), { report: () => {} }).tables;
  return (await parts.tableHashes())[topics.form];
}

const changeRow = (parts: Parts, comment: string) =>
  parts.database.pool.query('UPDATE bbs_topic SET comment = $1 WHERE id = 250', [comment]);

/** The second chunk of the topics. */
async function secondChunk({ stores }: Parts, pointer: Pointer | undefined): Promise<string> {
  const [entry] = pointer?.tables['topics'] ?? [];
  if (entry === undefined) throw new TypeError('nothing is published');
  const { refs } = await readChunkRefs(stores.blobs, entry.manifest);
  return refs[1]?.hash ?? '';
}

type Key = Record<'pk' | 'sk', { S: string }>;
const damages: [string, (parts: Parts, key: Key) => Promise<unknown>][] = [
  [
    'that is not what its name says',
    ({ dynamoDb: { directUrl, table } }, key) =>
      createTestClient(directUrl).send(
        new PutItemCommand({
          TableName: table,
          Item: { ...key, sweep: { N: '0' }, body: { B: Buffer.from('no chunk') } },
        }),
      ),
  ],
  [
    'that is gone',
    ({ dynamoDb: { directUrl, table } }, key) =>
      createTestClient(directUrl).send(new DeleteItemCommand({ TableName: table, Key: key })),
  ],
];

describe('a chunk of the published generation', () => {
  test.each(damages)(
    '%s is written again by the first who needs it, and found by the next',
    async (_, damage) => {
      await using cleanUp = new AsyncDisposableStack();
      const parts = await startParts();
      cleanUp.defer(() => parts.close());
      await containerOf(parts).refresh();
      const pointer = await parts.stores.pointers.read();
      const hash = await secondChunk(parts, pointer);
      await damage(parts, { pk: { S: `blob#${hash}` }, sk: { S: '0' } });

      const first = containerOf(parts);
      const repaired = await first.list();
      expect(repaired).toMatchObject({ stale: false, local: false, version: pointer?.generation });
      expect(repaired.entry.etag).toBe(await topicsHash(parts));
      expect(first.names()).toContain('snapshot.broken');

      const next = containerOf(parts);
      expect(await next.list()).toMatchObject({ from: 'store', entry: { etag: repaired.entry.etag } });
      expect(next.names()).not.toContain('snapshot.broken');
    },
    30_000,
  );

  test('that is gone costs one repair, however many cold containers miss it', async () => {
    await using cleanUp = new AsyncDisposableStack();
    const parts = await startParts();
    cleanUp.defer(() => parts.close());
    await containerOf(parts).refresh();
    const hash = await secondChunk(parts, await parts.stores.pointers.read());
    const [, damage] = damages[1] ?? [];
    await damage?.(parts, { pk: { S: `blob#${hash}` }, sk: { S: '0' } });

    const containers = Array.from({ length: 30 }, () => containerOf(parts));
    const lists = await Promise.all(containers.map(({ list }) => list()));
    const etags = new Set(lists.map(({ entry }) => entry.etag));
    expect([...etags]).toEqual([await topicsHash(parts)]);
    expect(lists.filter(({ stale, local }) => stale || local)).toEqual([]);
    const reads = containers.flatMap(({ events }) => events.filter(({ name }) => name === 'refresh.done'));
    expect(reads).toHaveLength(1);
  }, 30_000);
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
      const before = await container.list();

      await parts.dynamoDb.stop();
      await changeRow(parts, 'while the cache is down');
      await expect(container.refresh()).rejects.toMatchObject({ code: 'cache_unavailable' });
      const { version } = before;
      expect(await container.list()).toMatchObject({ from: 'memory', stale: true, version });
      // A container with empty memory reads the tables itself.
      const started = await containerOf(parts).list();
      expect(started).toMatchObject({ local: true, entry: { etag: await topicsHash(parts) } });

      await parts.dynamoDb.start();
      expect(await container.refresh()).toMatchObject({ outcome: 'published' });
      const after = await container.list();
      expect(after).toMatchObject({ stale: false, local: false });
      expect(after.entry.etag).toBe(await topicsHash(parts));
    },
    30_000,
  );
});
