#!/usr/bin/env node
import { type CommandLine, help, parseCommandLine, UsageError } from './command-line.ts';
import { connect } from './connection.ts';
import { type CallEvent, createDataApiServer, type DataApiServerOptions } from './create-data-api-server.ts';

/** Runs the Data API as a process. Prints one sentence and exits with 1 for a fault that the user can fix. */
async function main(args: string[]): Promise<void> {
  const command = readCommand(args);
  if (command === 'help') return console.log(help);
  const { options, isQuiet } = command;

  await refuseUnreachable(options.databaseUrl);
  const server = await start({ ...options, ...(!isQuiet && { log: printCall }) });
  console.log(`The Data API is at ${server.url}
  resourceArn  ${options.resourceArn}
  secretArn    ${options.secretArn}
AWS_ENDPOINT_URL_RDS_DATA=${server.url}`);

  // Not `once`: npm forwards a Ctrl-C a second time, which would kill the process while it closes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.close());
}

function readCommand(args: string[]): CommandLine {
  try {
    return parseCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) fail(`${error.message}. --help prints all options.`);
    throw error;
  }
}

/** The server can start before PostgreSQL. This check reports a wrong URL at once. */
async function refuseUnreachable(databaseUrl: string) {
  const { host, pathname } = new URL(databaseUrl);
  const database = decodeURIComponent(pathname.slice(1));
  try {
    const connection = await connect({ databaseUrl, database });
    await connection.end();
  } catch (error) {
    fail(`Cannot connect to the database ${database} at ${host}: ${reason(error)}.`);
  }
}

async function start(options: DataApiServerOptions) {
  try {
    return await createDataApiServer(options);
  } catch (error) {
    return fail(`Port ${options.port} cannot be opened: ${reason(error)}. Choose another --port.`);
  }
}

/** Node throws an AggregateError without a message for a host with several addresses. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof AggregateError) return reason(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}

function printCall({ operation, status, durationMs, responseBytes, error, warning }: CallEvent) {
  const outcome = [error && ` ${error.name}: ${error.message}`, warning && ` warning: ${warning}`].join('');
  console.log(`${operation} ${status} ${responseBytes} B ${Math.round(durationMs)} ms${outcome}`);
  if (status === 500 && error?.cause !== undefined) console.error(error.cause);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

await main(process.argv.slice(2));
