import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type Field,
  RDSDataClient,
} from '@aws-sdk/client-rds-data';
import {
  createDataApiServer,
  type DataApiServerOptions,
} from '../../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../../local/data-api/default-arns.ts';
import { createTestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';

/** Tolerance: PostgreSQL is slower on a busy machine. */

export const arns = defaultArns;

/** A server with its own database, and a client without retries. */
export async function createDataApiFixture(options: Omit<Partial<DataApiServerOptions>, 'databaseUrl'> = {}) {
  const database = await createTestDatabase();
  const server = await createDataApiServer({ ...arns, ...options, databaseUrl: database.url });
  const client = createClient(server.url);

  const execute = (sql: string, input: Partial<ExecuteStatementCommandInput> = {}) =>
    client.send(new ExecuteStatementCommand({ ...arns, sql, ...input }));

  return {
    database,
    server,
    client,
    execute,
    /** The only Field of the only record. */
    async value(sql: string, input: Partial<ExecuteStatementCommandInput> = {}): Promise<Field | undefined> {
      const { records } = await execute(sql, input);
      return records?.[0]?.[0];
    },
    /** Resolves once PostgreSQL runs a statement of this server that contains the text, or once it runs none. */
    async untilRunning(text: string, count = 1) {
      const active = "SELECT FROM pg_stat_activity WHERE application_name = 'data-api' AND state = 'active'";
      const sql = `${active} AND datname = current_database() AND query LIKE '%' || $1 || '%'`;
      const isSo = async () => (await database.pool.query(sql, [text])).rowCount === count;
      await until(`PostgreSQL runs ${count} statements with ${text}`, isSo, { everyMs: 10 });
    },
    /** This server's PostgreSQL sessions, by state. */
    async sessions() {
      const { rows } = await database.pool.query<{ state: string }>(
        "SELECT state FROM pg_stat_activity WHERE application_name = 'data-api' AND datname = current_database()",
      );
      return rows.map(({ state }) => state);
    },
    async begin() {
      const { transactionId } = await client.send(new BeginTransactionCommand(arns));
      if (transactionId === undefined) throw new Error('no transaction id');
      return transactionId;
    },
    async close() {
      client.destroy();
      await server.close();
      await database.drop();
    },
  };
}

export type DataApiFixture = Awaited<ReturnType<typeof createDataApiFixture>>;

export function createClient(endpoint: string, { maxAttempts = 1 } = {}) {
  return new RDSDataClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts,
  });
}

/** Resolves with the rejection of the promise. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('the call was expected to fail');
    },
    (error: unknown) => error,
  );
}
