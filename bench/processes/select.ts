/** Sends statements to PostgreSQL in its own process: `select.ts <sql>…`. Its outcome is the number of rows. */
import pg from 'pg';
import { answerLines } from './line-answers.ts';

const statements = process.argv.slice(2).map((text, at) => ({ name: `statement-${at}`, text })); // named, so prepared once
const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
await answerLines(async () => {
  let rows = 0;
  for (const statement of statements) rows += (await client.query(statement)).rows.length;
  return { outcome: String(rows) };
});
