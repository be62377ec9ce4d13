import * as column from '../../lib/tables/columns.ts';
import { type Dataset, defineDataset, defineTable } from '../../lib/tables/define-table.ts';

const columns = { id: column.integer(), dt: column.timestamptz(), title: column.text() };
const withComment = { ...columns, comment: column.text() };

const topics = { name: 'topics', relation: 'public.bbs_topic', key: 'id' };
const replies = defineTable({
  ...{ name: 'replies', relation: 'public.bbs_reply', key: 'id' },
  columns: withComment,
});

/** Two releases of one deployment, which can run side by side: the second lacks a column of the topics. */
export const releases: readonly [Dataset, Dataset] = [
  defineDataset([defineTable({ ...topics, columns: withComment }), replies]),
  defineDataset([defineTable({ ...topics, columns }), replies]),
];

/** The table that was published in a form. @throws TypeError */
export function tableOf(form: string) {
  const table = releases.flat().find((one) => one.form === form);
  if (table === undefined) throw new TypeError(`no release has the form ${form}`);
  return table;
}
