import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { DataApi, Query } from '../../lib/data-api/data-api.ts';
import { TransactionLostError } from '../../lib/data-api/errors.ts';
import { createSource } from '../../lib/snapshots/source.ts';
import * as column from '../../lib/topics/columns.ts';
import { pageLimits } from '../../lib/topics/page-sql.ts';
import { createTableReader } from '../../lib/topics/read-table.ts';
import { defineTable } from '../../lib/topics/table.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { createReported } from '../fakes/reported.ts';

const table = defineTable({
  name: 'topics',
  record: z.object({ id: column.integer(), value: column.integer() }),
  key: 'id',
});

describe('the source of snapshots, over a database that changes between two pages', () => {
  test('reads all records at the one moment that it names', async () => {
    const { database, source, change } = createChangingSource({ isolated: true });
    change();
    const { records, moment } = await source.read({ pending: [], deadlineMs: Number.POSITIVE_INFINITY });
    const expected = database
      .recordsIn(moment.snapshot)
      .map(({ key, json }) => ({ key, json: json.replace(/"id":"(\d+)"/, '"id":$1') }));
    expect(records).toEqual(expected);
    expect(records.map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
    expect(moment.rank).toBe(701);
  });

  test('settles the transactions that are finished in that moment, and no others', async () => {
    const { source, database } = createChangingSource({ isolated: true });
    const [finished, open] = [database.begin(['1']), database.begin(['2'])];
    database.rollBack(finished);
    const options = { pending: [finished, open], deadlineMs: Number.POSITIVE_INFINITY };
    expect((await source.read(options)).settled).toEqual([finished]);
    expect(await source.settled(options)).toEqual([finished]);
  });

  test('refuses pages of different moments, should the database ever give them', async () => {
    const { source, names } = createChangingSource({ isolated: false });
    const read = source.read({ pending: [], deadlineMs: Number.POSITIVE_INFINITY });
    await expect(read).rejects.toThrow(TransactionLostError);
    expect(names()).toEqual(['table.read_again']);
  });
});

/** The real reader over answers as the database gives them, one row to a page, and a change after each page. */
function createChangingSource({ isolated }: { isolated: boolean }) {
  const database = createModelledDatabase();
  const { report, names } = createReported();
  const change = () => database.commit(database.begin(['1', '2', '3', '4']));

  const pageIn =
    (snapshotOf: () => string): Query =>
    async (row, _, { after, pending = '', skip } = {}) => {
      if (skip !== undefined && skip !== 0) throw new Error('every page is one block');
      const snapshot = snapshotOf();
      const records = database.recordsIn(snapshot);
      const at = after === undefined ? 0 : records.findIndex(({ key }) => key === after) + 1;
      const lines = records.slice(at, at + 1).map(({ key, json }) => JSON.stringify([key, valueIn(json)]));
      const settled = String(pending)
        .split(',')
        .filter((xid) => xid !== '' && database.isFinishedIn(snapshot, xid));
      const columns = [
        ['id', 'integer', true],
        ['value', 'integer', true],
      ];
      const end = at + 1 < records.length ? 'more' : 'end';
      const page = [JSON.stringify({ snapshot, settled, columns }), ...lines, end, ''].join('\n');
      change();
      // A statement for the header alone has no pages: its row is the header.
      const text = skip === undefined ? JSON.stringify({ snapshot, settled }) : page;
      return [z.parse(row, [text])];
    };
  const dataApi: DataApi = {
    query: () => pageIn(() => database.snapshot()),
    readTransaction(_, use) {
      const snapshot = database.snapshot();
      return use(pageIn(isolated ? () => snapshot : () => database.snapshot()));
    },
  };
  const limits = pageLimits(1024 * 1024);
  const reader = createTableReader({ dataApi, table, relation: 'public.topic', limits, report });
  return { database, source: createSource(table, reader), change, names };
}

const Record = z.object({ value: z.int() });
const valueIn = (json: string) => String(Record.parse(JSON.parse(json)).value);
