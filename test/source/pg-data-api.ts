import { Client } from 'pg';
import * as z from 'zod/mini';
import type { DataApi, Query } from '../../lib/data-api/data-api.ts';
import { StatementError } from '../../lib/data-api/errors.ts';
import { compileSql } from '../../local/data-api/compile-sql.ts';
import { toApiError } from '../../local/data-api/database-error.ts';

/** Implements the DataApi port directly on a PostgreSQL session with its own settings. */
export async function createPgDataApi(
  connectionString: string,
  settings: Record<string, string> = {},
): Promise<DataApi & { close(): Promise<void> }> {
  const client = new Client({ connectionString });
  await client.connect();
  for (const [name, value] of Object.entries(settings))
    await client.query('SELECT set_config($1, $2, false)', [name, value]);

  const query: Query = async (row, sql, values = {}) => {
    const parameters = Object.entries(values).map(([name, value]) => ({
      name,
      value: { stringValue: String(value) },
    }));
    const statement = compileSql(sql).bind(parameters);
    const bound = statement.values.map(({ value }) => value);
    const query = { text: statement.text, values: bound, rowMode: 'array' } as const;
    const { rows } = await client.query(query).catch((error: unknown) => {
      throw new StatementError(toApiError(error));
    });
    return rows.map((record) => z.parse(row, record));
  };
  return {
    query: () => query,
    async readTransaction(_, use) {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return use(query).finally(() => client.query('ROLLBACK'));
    },
    close: () => client.end(),
  };
}
