import * as z from 'zod/mini';
import * as column from '../lib/tables/columns.ts';
import { defineTable } from '../lib/tables/table.ts';

/**
 * A record of Django's model `bbs.Topic`, keys in the model's order. This file is the one to edit for another model:
 * name its columns with the functions of `columns.ts`, wrap one in `z.nullable()` where the model has `null=True`.
 */
export const Topic = z.object({
  id: column.integer(),
  title: column.text(),
  comment: column.text(),
  dt: column.timestamptz(),
});
export type Topic = z.output<typeof Topic>;

/** Read as `bbs_topic` of the schema `public`, unless the configuration names another table. */
export const topics = defineTable({ name: 'topics', record: Topic, key: 'id' });
