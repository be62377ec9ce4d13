import { Client, type ClientConfig, DatabaseError } from 'pg';
import * as z from 'zod';
import { ApiError } from './api-error.ts';
import { createStatement, type Statement, type StatementResult } from './statement.ts';

/** One session of PostgreSQL. It runs one statement at a time. */
export interface Connection {
  /** PostgreSQL's process. */
  readonly pid: number;
  readonly database: string;
  /** False once the connection is lost or ended. */
  isOpen(): boolean;
  /** The state after the last statement that succeeded. */
  isInTransaction(): boolean;
  run(statement: Statement, maxResponseBytes: number): Promise<StatementResult>;
  /** Runs SQL of the server itself, without parameters or a size limit. */
  runOwn(text: string): Promise<StatementResult>;
  /** Resolves when PostgreSQL has ended the session and rolled back its transaction. */
  end(): Promise<void>;
  destroy(): void;
  /** Resolves when the connection is closed, by either side. */
  readonly ended: Promise<void>;
}

/** Session settings that decide how PostgreSQL writes values as text. `RESET ALL` returns to them. */
const settings = '-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c extra_float_digits=1';

/** How long PostgreSQL may take to open a session. */
const connectTimeoutMs = 5_000;

/**
 * Opens a session.
 *
 * @throws DatabaseError of PostgreSQL, or ApiError DatabaseUnavailableException when it does not answer in time.
 */
export async function connect({
  databaseUrl,
  database,
  timeoutMs = connectTimeoutMs,
}: {
  databaseUrl: string;
  database: string;
  timeoutMs?: number;
}): Promise<Connection> {
  const client = new Client(clientConfig(databaseUrl, database));
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();
  let open = true;
  const close = () => {
    open = false;
  };
  client.on('error', close);
  client.on('end', () => {
    close();
    resolveEnded();
  });
  // pg's own connectionTimeoutMillis ends before the first statement.
  const timer = setTimeout(() => client.connection.stream.destroy(), timeoutMs);

  const run = (statement: Statement, maxResponseBytes: number) =>
    client.query(createStatement(statement, maxResponseBytes)).result.catch(unavailable);
  const runOwn = (text: string) => run({ text, values: [] }, Number.POSITIVE_INFINITY);
  const start = async () => {
    await client.connect().catch(unavailable);
    const { rows } = await runOwn('SELECT pg_backend_pid()').catch(async (error: unknown) => {
      await client.end();
      throw error;
    });
    return PidRows.parse(rows)[0][0];
  };
  const pid = await start().finally(() => clearTimeout(timer));

  return {
    pid,
    database,
    isOpen: () => open,
    isInTransaction: () => client.getTransactionStatus() !== 'I',
    run,
    runOwn,
    async end() {
      close();
      await client.end();
    },
    destroy: () => client.connection.stream.destroy(),
    ended,
  };
}

/** Rethrows PostgreSQL's errors about the statement. Every other error means that the connection failed. */
function unavailable(error: unknown): never {
  if (error instanceof ApiError) throw error;
  if (error instanceof DatabaseError && !isAboutTheServer(error)) throw error;
  throw new ApiError(
    'DatabaseUnavailableException',
    "The writer instance in the DB cluster isn't available.",
    {
      cause: error,
    },
  );
}

/** Class 08 is connection exceptions. 57P01 to 57P03 mean that PostgreSQL stops or starts. */
const isAboutTheServer = ({ code = '' }: DatabaseError) => /^(?:08(?!P01)|57P0[123])/.test(code);

const PidRows = z.tuple([z.tuple([z.coerce.number().int()])]);

function clientConfig(databaseUrl: string, database: string): ClientConfig {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  const own = url.searchParams.get('options') ?? '';
  url.searchParams.set('options', `${own} ${settings}`.trim());
  return {
    connectionString: url.href,
    application_name: 'data-api',
  };
}
