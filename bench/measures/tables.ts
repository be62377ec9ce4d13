import { change } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { startSelect } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

type TableName = { name: string; relation: string };

/** The source text that replaces `tables/index.ts`: tables with the columns of topics. @param also another column */
export const tableSource = (tables: readonly TableName[], also = '') => `
import * as column from '../lib/tables/columns.ts';
import { defineDataset, defineTable } from '../lib/tables/define-table.ts';
const columns = { id: column.integer(), title: column.text({ maxLength: 100 }), comment: column.text(), dt: column.timestamptz(), ${also} };
export const tables = defineDataset([${tables
  .map(
    ({ name, relation }) => `defineTable({ name: '${name}', relation: '${relation}', key: 'id', columns })`,
  )
  .join(', ')}]);
`;

const rowsEach = 10_000;
const rows = 5 * rowsEach;
const one = 'public.bbs_topic';
const five = [1, 2, 3, 4, 5].map((n) => ({ name: `t${n}`, relation: `public.part_${n}` }));

/** A refresh of five tables, compared with a refresh of one table with all their rows, and with plain SELECTs. */
export const measure: Measure = async ({ world, later, now, quick }) => {
  const database = await world.database('tables', rows);
  const writer = await world.writer(database);
  for (const [at, { relation }] of five.entries())
    await writer.query(
      `CREATE TABLE ${relation} (LIKE bbs_topic INCLUDING ALL);
       INSERT INTO ${relation} SELECT * FROM bbs_topic ORDER BY id LIMIT ${rowsEach} OFFSET ${at * rowsEach}`,
    );
  await writer.query('VACUUM ANALYZE');
  const touch = async (kind: string) => {
    await writer.query('SELECT pg_current_xact_id()');
    for (const relation of kind === 'unchanged' ? [] : ['public.part_3', one])
      await writer.query(
        `UPDATE ${relation} SET comment = comment || '.' WHERE id = (SELECT id FROM ${relation} ORDER BY id OFFSET 5000 LIMIT 1)`,
      );
  };

  const start = async (name: string, tables: readonly TableName[]) =>
    later(startRefresh(now, await world.cached(database), { name, tables: tableSource(tables) }));
  const ofFive = await start('refresh-five', five);
  const ofOne = await start('refresh-one', [{ name: 'topics', relation: one }]);
  const statements = five.map(({ relation }) => `SELECT id, title, comment, dt FROM ${relation} ORDER BY id`);
  const select = await later(startSelect(statements, database.url));
  let outcome = 'published';
  const subjects = [
    { name: names.now, take: () => ofFive.do({ event: { ...change, table: 'part_3' } }, outcome) },
    { name: 'one table of 50,000', take: () => ofOne.do({ event: change }, outcome) },
    { name: names.select, take: () => select.do({}, String(rows)) },
  ];
  await inTurns(subjects, { rounds: 0 }); // the first publications
  const figures: Figure[] = [];
  for (const kind of ['one row changed', 'unchanged']) {
    outcome = kind === 'unchanged' ? 'unchanged' : 'published';
    const samples = await inTurns(subjects, { rounds: quick ? 5 : 15, before: () => touch(kind) });
    const figure = { id: `tables.${kind}`, what: `A refresh of five tables, ${kind}`, rows };
    const targets = kind === 'unchanged' ? { [names.select]: 2 } : { 'one table of 50,000': 1.5 };
    figures.push(...besideEach({ ...figure, unit: 'ms' }, samples, targets));
  }
  return figures;
};
