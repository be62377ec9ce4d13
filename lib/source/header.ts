import * as z from 'zod/mini';
import type { Query } from '../data-api/data-api.ts';
import { PgSnapshot } from '../pg-snapshot.ts';
import { relationSql } from '../tables/table.ts';

/** What a read says of itself, and of its table where it is the first of a transaction. */
export type Header = z.output<typeof Header>;

const Header = z.object({
  /** The moment that the statement reads. */
  snapshot: PgSnapshot,
  /** Those of the `pending` transactions that are finished at that moment. */
  settled: z.array(z.string()),
  /**
   * Whether the files of the table and its partitions are those of the moment. TRUNCATE, and an ALTER TABLE that
   * rewrites, put others in their place, at once and for everyone: a statement that had to wait for them finds an empty
   * table that never was.
   */
  current: z.optional(z.boolean()),
  /** Name, type and NOT NULL, as the catalogue has them; null where there is no such table. */
  columns: z.optional(z.nullable(z.array(z.tuple([z.string(), z.string(), z.boolean()])))),
});

/**
 * SQL that makes a header, as one JSON object.
 * @param about whether it is to tell of the table too.
 */
export function headerSql(relation: string, { about }: { about: 'the moment' | 'the table' }): string {
  const settled = `
    SELECT json_agg(xid) FROM unnest(string_to_array(nullif(CAST(:pending AS text), ''), ',')) AS xid
    WHERE pg_visible_in_snapshot(xid::xid8, pg_current_snapshot())`;
  const table = `to_regclass('${relationSql(relation).replaceAll("'", "''")}')`;
  // The catalogue is read at the moment, the function tells what is there now; a plain table is the only part.
  const replaced = `
    SELECT FROM (SELECT ${table}::oid UNION ALL SELECT relid::oid FROM pg_partition_tree(${table})) AS part(id)
    WHERE (SELECT relfilenode FROM pg_class WHERE oid = id) <> coalesce(pg_relation_filenode(id), 0)`;
  const columns = `
    SELECT json_agg(json_build_array(attname, format_type(atttypid, NULL), attnotnull) ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = ${table} AND attnum > 0 AND NOT attisdropped`;
  const members = [`'snapshot', pg_current_snapshot()::text`, `'settled', coalesce((${settled}), '[]')`];
  if (about === 'the table') members.push(`'current', NOT EXISTS (${replaced})`, `'columns', (${columns})`);
  return `json_build_object(${members.join(', ')})::text`;
}

export const parseHeader = (line: string): Header => Header.parse(JSON.parse(line));

/** A header alone: one small statement, which does not touch the table. */
export async function readHeader(
  query: Query,
  relation: string,
  { pending, about }: { pending: readonly string[]; about: 'the moment' | 'the table' },
): Promise<Header> {
  const sql = `SELECT ${headerSql(relation, { about })}`;
  const [row] = await query(z.tuple([z.string()]), sql, { pending: pending.join(',') });
  return parseHeader(row?.[0] ?? '');
}
