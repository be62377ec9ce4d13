/** Reads whole tables in its own process: `select.ts pg|data-api <table>…`. */
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import pg from 'pg';
import { answerLines } from './line-answers.ts';

const [way, ...tables] = process.argv.slice(2);
const columns = 'id, title, comment, dt';
/** So many topics fit into one answer of the Data API. */
const rowsPerPage = 1_500;

async function byPg() {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  return async (table: string) =>
    (await client.query(`SELECT ${columns} FROM ${table} ORDER BY id`)).rows.length;
}

async function byDataApi() {
  const client = new RDSDataClient({ maxAttempts: 1 });
  const { DB_CLUSTER_ARN: resourceArn, DB_SECRET_ARN: secretArn, DB_NAME: database } = process.env;
  return async (table: string) => {
    let rows = 0;
    for (let after = 0, isLast = false; !isLast; ) {
      const { records = [] } = await client.send(
        new ExecuteStatementCommand({
          ...{ resourceArn, secretArn, database },
          sql: `SELECT ${columns} FROM ${table} WHERE id > :after ORDER BY id LIMIT ${rowsPerPage}`,
          parameters: [{ name: 'after', value: { longValue: after } }],
        }),
      );
      rows += records.length;
      after = records.at(-1)?.[0]?.longValue ?? 0;
      isLast = records.length < rowsPerPage;
    }
    return rows;
  };
}

const read = await (way === 'pg' ? byPg() : byDataApi());
await answerLines(async () => {
  let rows = 0;
  for (const table of tables) rows += await read(table);
  return { outcome: String(rows) };
});
