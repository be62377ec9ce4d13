import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { DataApi, Query } from '../../lib/data-api/data-api.ts';
import { TransactionLostError } from '../../lib/data-api/errors.ts';
import { answerLimits } from '../../lib/source/answer-sql.ts';
import { createTableReader } from '../../lib/source/read-table.ts';
import { digestOf, rowsOf } from '../../lib/source/row-bytes.ts';
import { createSource } from '../../lib/source/source.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { createReported } from '../fakes/reported.ts';
import { rowBytes } from '../fakes/row-bytes.ts';

const table = defineTable({
  name: 'topics',
  relation: 'public.topics',
  columns: { id: column.integer(), value: column.integer() },
  key: 'id',
});

describe('the source of snapshots, over a database that changes between two pages', () => {
  test('reads all records at the one moment that it names', async () => {
    const { database, source, change } = createChangingSource({ isolated: true });
    change();
    const { runs, moment } = await source.read(everything);
    const expected = database
      .recordsIn(moment.snapshot)
      .map(({ key, json }) => ({ key, json: json.replace(/"id":"(\d+)"/, '"id":$1') }));
    expect(runs).toMatchObject([{ records: expected }]);
    expect(expected.map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
    expect(moment.rank).toBe(706); // after what came with the first tries
  });

  test('settles the transactions that are finished in that moment, and no others', async () => {
    const { source, database } = createChangingSource({ isolated: true });
    const [finished, open] = [database.begin(['1']), database.begin(['2'])];
    database.rollBack(finished);
    const options = { ...everything, pending: [finished, open] };
    expect((await source.read(options)).settled).toEqual([finished]);
    expect(await source.settled(options)).toEqual([finished]);
  });

  test('refuses pages of different moments, should the database ever give them', async () => {
    const { source, names } = createChangingSource({ isolated: false });
    const read = source.read(everything);
    await expect(read).rejects.toThrow(TransactionLostError);
    expect(names()).toEqual(['table.read_again']);
  });
});

const everything = { pending: [], known: [], deadlineMs: Number.POSITIVE_INFINITY };

/** The real reader over answers as the database gives them, one row to a page, and a change after each page. */
function createChangingSource({ isolated }: { isolated: boolean }) {
  const database = createModelledDatabase();
  const { report, names } = createReported();
  const change = () => database.commit(database.begin(['1', '2', '3', '4']));

  const answerIn =
    (snapshotOf: () => string): Query =>
    async (row, _, { ranges, known, pending = '' } = {}) => {
      const snapshot = snapshotOf();
      const records = database.recordsIn(snapshot);
      const settled = String(pending)
        .split(',')
        .filter((xid) => xid !== '' && database.isFinishedIn(snapshot, xid));
      const columns = [
        ['id', 'integer', true],
        ['value', 'integer', true],
      ];
      const header = `${JSON.stringify({ snapshot, settled, columns })}\n`;
      change();
      // A statement for the header alone is no stream: its row is the header.
      if (ranges === undefined && known === undefined) return [z.parse(row, [header])];
      const asked = ranges === undefined ? [] : Ranges.parse(JSON.parse(String(ranges)));
      const rows = records
        .filter(({ key }) => asked.some(([first, last]) => key >= first && key <= last))
        .map(({ key, json }) => rowBytes([key, valueIn(json)]));
      // Each part fills an answer, so that the rows come one to a page.
      const parts = records.map(({ key, json }) => [
        ...[1, key, key, 1, 1024 * 1024],
        digestOf(rowsOf(rowBytes([key, valueIn(json)])).map(({ hash }) => hash)),
      ]);
      const plan = `${JSON.stringify({ digest: '', kept: [], parts, withRows: false })}\n`;
      const lines = ranges === undefined ? header + plan : '';
      return [z.parse(row, [Buffer.concat([Buffer.from(lines), ...rows]).toString('base64'), 1])];
    };
  const dataApi: DataApi = {
    query: () => answerIn(() => database.snapshot()),
    readTransaction(_, use) {
      const snapshot = database.snapshot();
      return use(answerIn(isolated ? () => snapshot : () => database.snapshot()));
    },
  };
  const limits = answerLimits(1024 * 1024);
  const reader = createTableReader({ dataApi, table, relation: 'public.topic', limits, report });
  return { database, source: createSource(table, reader), change, names };
}

const Record = z.object({ value: z.int() });
const Ranges = z.array(z.tuple([z.string(), z.string()]));
const valueIn = (json: string) => String(Record.parse(JSON.parse(json)).value);
