import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../lib/clock.ts';
import { defaultChunkSizes } from '../../lib/snapshots/cut.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { createPublishing } from '../fakes/publishing.ts';
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
  const publishing = createPublishing();
  const refresher = publishing.container({
    ...{ source: api.source([note]), clock: systemClock, sizes: defaultChunkSizes },
  });
  return {
    refresh: () => refresher.refresh({ deadlineMs: Date.now() + 30_000, wait: true, lingerMs: 0 }),
    async published(): Promise<{ count: number | undefined; rows: unknown }> {
      const { tables } = await publishing.pointer();
      const records = await publishing.published('note', undefined, note.form);
      return { count: tables['note']?.[0]?.count, rows: JSON.parse(`[${records}]`) };
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
