/** Asks PostgreSQL one question again and again: `query.ts <sql>`. */
import pg from 'pg';
import { answerLines } from './line-answers.ts';

const [text = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
await answerLines(async () => {
  const { rows } = await client.query({ name: 'query', text }); // prepared
  return { outcome: rows.length > 0 ? 'answered' : 'empty' };
});
