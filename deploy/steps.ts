/**
 * Hooks of `sls`: check the tables' files before packaging, compare them with the database before the upload, and refresh
 * once after a deployment.
 */
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { systemClock } from '../lib/clock.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { checkTables } from '../lib/source/check-tables.ts';
import { checkTimeZones } from '../lib/tables/check-time-zones.ts';
import type { Dataset } from '../lib/tables/define-table.ts';

/** An auto-paused cluster needs up to 30 s to resume. */
const checkForMs = 60_000;
/** Exceeds the refresh function's timeout of 300 s. */
const refreshForMs = 310_000;

interface Context {
  values: Readonly<Record<string, string>>;
  stage: string;
  /** The region, and the deployer's credentials. */
  clientConfig: () => Promise<Pick<LambdaClientConfig, 'region' | 'credentials'>>;
}

interface FrameworkLog {
  notice: (text: string) => void;
  warning: (text: string) => void;
}

const readTables = async (): Promise<Dataset> => (await import('../tables/index.ts')).tables;

/** @throws TableDefinitionError */
export async function checkFiles() {
  checkTimeZones(await readTables());
}

/** @throws Error with one line for each difference between the database and the tables' files */
export async function checkDatabase({ values, clientConfig }: Context, log: FrameworkLog) {
  if (values['checkDatabase'] === 'false') {
    log.notice('The tables are not compared with the database: checkDatabase is false.');
    return;
  }
  const client = new RDSDataClient({ ...(await clientConfig()), maxAttempts: 1 });
  const findings = await checkTables({
    dataApi: createDataApi({
      client,
      resourceArn: values['clusterArn'] ?? '',
      secretArn: values['secretArn'] ?? '',
      database: values['database'] ?? '',
      clock: systemClock,
      random: Math.random,
      report: ({ name, reason }) => log.notice(`${name}: ${reason}`),
    }),
    tables: await readTables(),
    mayChangeWithTime: values['maxReadIntervalMs'] !== '0',
    deadlineMs: systemClock.now() + checkForMs,
  }).catch((cause: unknown) => {
    throw new Error(
      `The tables cannot be compared with the database (${messagesOf(cause)}), and nothing was uploaded. If this machine cannot reach the Data API, deploy with --param checkDatabase=false.`,
      { cause },
    );
  });
  for (const { level, relation, text } of findings) if (level === 'note') log.notice(`${relation}, ${text}`);
  const faults = findings.filter(({ level }) => level === 'fault');
  if (faults.length === 0) return;
  const lines = faults.map(({ relation, text }) => `${relation}, ${text}`);
  throw new Error(
    `The database differs from tables/, and nothing was uploaded:\n${lines.join('\n')}\nMigrate the database or edit the files, then deploy again.`,
  );
}

const Refreshed = z.object({
  outcome: z.string(),
  version: z.int().optional(),
  leftOut: z.array(z.object({ table: z.string(), code: z.string() })).default([]),
  held: z.array(z.string()).default([]),
});

/** Runs after the deployment, so a failure is a warning with exit status 1. */
export async function refreshOnce({ values, stage, clientConfig }: Context, log: FrameworkLog) {
  const [first] = await readTables();
  const [schema, table] = first.relation.split('.');
  const client = new LambdaClient({
    ...(await clientConfig()),
    maxAttempts: 1, // a retry would wait for the lease of the first invocation
    requestHandler: { requestTimeout: refreshForMs, throwOnRequestTimeout: true },
  });
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({
        FunctionName: `${values['service']}-${stage}-refresh`,
        Payload: JSON.stringify({ source: 'offload', schema, table, operation: 'UPDATE' }),
      }),
    );
    const answer: unknown = JSON.parse(Payload?.transformToString() || 'null');
    if (FunctionError !== undefined) throw new Error(`the function failed: ${JSON.stringify(answer)}`);
    const { outcome, version, leftOut, held } = Refreshed.parse(answer);
    log.notice(`Refreshed: ${outcome}${version === undefined ? '' : `, version ${version}`}.`);
    for (const one of leftOut) warn(log, `${one.table} was left out (${one.code})`);
    for (const one of held)
      warn(log, `${one} would lose more rows than its file allows, so its new state was held`);
  } catch (error) {
    warn(log, `The refresh failed: ${messagesOf(error)}`);
  }
}

function warn(log: FrameworkLog, sentence: string) {
  log.warning(
    `${sentence}. The deployment itself is complete. See "npm run status -- --stage …" and the refresh function's log.`,
  );
  process.exitCode = 1;
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}
