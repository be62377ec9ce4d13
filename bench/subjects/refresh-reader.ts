/**
 * Reads the topics in its own process, in one of these ways:
 *
 *     refresh-reader.mjs function <bundle>       the refresh function, handed an event
 *     refresh-reader.mjs pg <database url>       one SELECT
 *     refresh-reader.mjs data-api <database>     a SELECT for each page, through the Data API
 *
 * Each line of standard input is an event; each is answered by a line on descriptor 3, with the milliseconds
 * that it took and what came of it.
 */
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import pg from 'pg';
import * as z from 'zod/mini';
import { answerLines, handlerOf } from './line-answers.ts';

const remainingMs = 300_000;
const columns = 'id, title, comment, dt';
/** So many of the topics fit into an answer of the Data API. */
const rowsPerPage = 1_500;

type Read = (event: unknown) => Promise<{ outcome: string }>;

/** The ways to read, each made ready. */
const ways: Record<string, (argument: string) => Promise<Read>> = {
  async function(bundle) {
    const call = await handlerOf(bundle, remainingMs);
    return async (event) => Outcome.parse(await call(event));
  },

  async pg(connectionString) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return async () => {
      const { rows } = await client.query(`SELECT ${columns} FROM bbs_topic ORDER BY id`);
      return { outcome: `${rows.length} rows` };
    };
  },

  async 'data-api'(database) {
    const client = new RDSDataClient({ maxAttempts: 1 });
    const { DB_CLUSTER_ARN: resourceArn, DB_SECRET_ARN: secretArn } = process.env;
    return async () => {
      let rows = 0;
      for (let after = 0, isLast = false; !isLast; ) {
        const { records = [] } = await client.send(
          new ExecuteStatementCommand({
            ...{ resourceArn, secretArn, database },
            sql: `SELECT ${columns} FROM bbs_topic WHERE id > :after ORDER BY id LIMIT ${rowsPerPage}`,
            parameters: [{ name: 'after', value: { longValue: after } }],
          }),
        );
        rows += records.length;
        after = records.at(-1)?.[0]?.longValue ?? 0;
        isLast = records.length < rowsPerPage;
      }
      return { outcome: `${rows} rows` };
    };
  },
};

const Outcome = z.object({ outcome: z.string() });

const [way = '', argument = ''] = process.argv.slice(2);
const read = await ways[way]?.(argument);
if (read === undefined) throw new Error(`there is no way called ${way}`);

await answerLines(async (event) => {
  const startMs = performance.now();
  const { outcome } = await read(event);
  return { ms: performance.now() - startMs, outcome };
});
