import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../lib/clock.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { unpack } from '../../lib/snapshots/chunk.ts';
import { entryOf } from '../../lib/snapshots/forms.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi();
});
afterAll(() => api.close());
beforeEach(() =>
  api.pool.query('DROP TABLE IF EXISTS note; CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)'),
);

const note = defineTable({
  ...{ name: 'note', relation: 'public.note', key: 'id' },
  columns: { id: column.integer(), body: column.text() },
});

function startContainer() {
  const blobs = createMemoryBlobs();
  const pointers = createMemoryPointers();
  const requests = createMemoryRequests(randomUUID);
  const refresher = createRefresher({
    ...{ pointers, blobs, requests, source: api.source([note]), clock: systemClock },
    ...{ newId: randomUUID, random: () => 0.5, report: api.reported.report },
  });
  return {
    refresh: () => refresher.refresh({ deadlineMs: Date.now() + 30_000, wait: true, lingerMs: 0 }),
    async published(): Promise<{ count: number | undefined; rows: unknown }> {
      const pointer = await pointers.read();
      if (pointer === undefined) throw new TypeError('nothing is published');
      const entry = entryOf((await readTables(blobs, pointer))['note'], note.form);
      const { refs } = await readChunkRefs(blobs, entry?.manifest ?? { level: 0, refs: [] });
      const stored = new Map(
        (await blobs.read(refs.map(({ hash }) => hash))).map((blob) => [blob.hash, blob]),
      );
      const texts = refs.flatMap(({ hash }) => {
        const blob = stored.get(hash);
        return blob === undefined ? [] : unpack(blob).open().records.toString();
      });
      return { count: entry?.count, rows: JSON.parse(`[${texts.join(',')}]`) };
    },
  };
}

async function stored() {
  const { rows } = await api.pool.query('SELECT id, body FROM note ORDER BY id');
  return { count: rows.length, rows };
}

test('rows that deletions leave in many small chunks stay published at the next refreshes', async () => {
  const { refresh, published } = startContainer();
  await api.pool.query("INSERT INTO note SELECT n, repeat('b', 1000) FROM generate_series(1, 300) AS n");
  await refresh();
  for (const sql of [
    'DELETE FROM note WHERE id BETWEEN 2 AND 150',
    'DELETE FROM note WHERE id BETWEEN 152 AND 300',
    'SELECT',
    'SELECT',
  ]) {
    await api.pool.query(sql);
    await refresh();
    expect(await published()).toEqual(await stored());
  }
});
