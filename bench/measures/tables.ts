import { Client } from 'pg';
import { change } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { startSelect, withAll } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

export interface TableName {
  name: string;
  relation: string;
}

/** What stands for `tables/index.ts`: tables with the columns of topics. */
export const tableSource = (tables: readonly TableName[]) => `
import * as column from '../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../lib/tables/define-table.ts';
const columns = { id: column.integer(), title: column.text({ maxLength: 100 }), comment: column.text(), dt: column.timestamptz() };
export const tables = defineDataset([${tables
  .map(
    ({ name, relation }) => `defineTable({ name: '${name}', relation: '${relation}', key: 'id', columns })`,
  )
  .join(', ')}]);
`;

const rowsEach = 10_000;
const kinds = ['one row changed', 'unchanged'] as const;

/** A refresh of five tables beside a refresh of one table that has all their rows, and beside plain SELECTs. */
export const measure: Measure = async ({ world, now, quick, progress }) => {
  const rows = 5 * rowsEach;
  const five = [1, 2, 3, 4, 5].map((n) => ({ name: `t${n}`, relation: `public.part_${n}` }));
  const one = [{ name: 'topics', relation: 'public.bbs_topic' }];
  const database = await world.database('tables', rows);
  progress('refreshes of five tables of 10,000 rows, and of one of 50,000');
  const writer = new Client({ connectionString: database.url });
  await writer.connect();
  for (const [at, { relation }] of five.entries())
    await writer.query(
      `CREATE TABLE ${relation} (LIKE bbs_topic INCLUDING ALL);
       INSERT INTO ${relation} SELECT * FROM bbs_topic ORDER BY id LIMIT ${rowsEach} OFFSET ${at * rowsEach}`,
    );
  await writer.query('VACUUM ANALYZE');

  return withAll(async (later) => {
    await later(Promise.resolve({ stop: () => writer.end() }));
    const start = async (name: string, tables: readonly TableName[]) =>
      later(startRefresh(now, await world.cached(database), { name, tables: tableSource(tables) }));
    const both = [await start('refresh-five', five), await start('refresh-one', one)];
    const relations = five.map(({ relation }) => relation);
    const select = await later(startSelect('pg', relations, { DATABASE_URL: database.url }));
    // Both are told of their own change.
    const event = (relation: string) => ({ ...change, table: relation.split('.')[1] });
    const refreshOf = (at: number, relation: string, outcome: string) => async () =>
      (await both[at]?.do({ event: event(relation) }, outcome))?.times ?? [];
    await refreshOf(0, 'public.part_3', 'published')();
    await refreshOf(1, 'public.bbs_topic', 'published')();

    const figures: Figure[] = [];
    for (const kind of kinds) {
      const outcome = kind === 'unchanged' ? 'unchanged' : 'published';
      const subjects = [
        { name: names.now, take: refreshOf(0, 'public.part_3', outcome) },
        { name: 'one table of 50,000', take: refreshOf(1, 'public.bbs_topic', outcome) },
        { name: names.select, take: async () => (await select.do({}, String(rows))).times },
      ];
      const touch = async () => {
        if (kind === 'unchanged') await writer.query('SELECT pg_current_xact_id()');
        else
          for (const relation of ['public.part_3', 'public.bbs_topic'])
            await writer.query(
              `UPDATE ${relation} SET comment = comment || '.' WHERE id = (SELECT id FROM ${relation} ORDER BY id OFFSET 5000 LIMIT 1)`,
            );
      };
      await inTurns(1, subjects, ({ take }) => take(), touch);
      const taken = await inTurns(quick ? 5 : 15, subjects, ({ take }) => take(), touch);
      const samples = new Map([...taken].map(([{ name }, times]) => [name, times.flat()]));
      const figure = {
        id: `tables.${kind}`,
        what: `A refresh of five tables, ${kind}`,
        rows,
        unit: 'ms' as const,
      };
      const targets = kind === 'unchanged' ? { [names.select]: 2 } : { 'one table of 50,000': 1.5 };
      figures.push(...besideEach(figure, samples, targets));
    }
    return figures;
  });
};
