import type { Pool, PoolClient } from 'pg';
import * as z from 'zod';
import { encodeRecord } from '../../lib/tables/json-text.ts';
import { relationSql, type Table } from '../../lib/tables/table.ts';

const Texts = z.array(z.array(z.nullable(z.string())));

/** Reads a table's records as JSON with the SQL of its columns only, without the real source and the Data API. */
export async function readRecords(
  client: Pick<Pool | PoolClient, 'query'>,
  { columns, key, relation }: Table,
): Promise<string[]> {
  const { rows } = await client.query({
    text: `SELECT ${columns.map(({ select }) => select).join(', ')}
      FROM ${relationSql(relation)} AS record ORDER BY ${key.order.by}`,
    rowMode: 'array',
  });
  return Texts.parse(rows).map((texts) =>
    encodeRecord(
      Object.fromEntries(
        columns.map(({ name, toJson }, at) => {
          const text = texts[at] ?? null;
          return [name, text === null ? null : toJson(text)];
        }),
      ),
    ),
  );
}
