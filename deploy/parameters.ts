import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseConfig } from '../lib/config.ts';
import { templateOf } from './template.ts';

/** A parameter of a deployment: `params/<stage>.yml` sets it, `--param name=value` overrides it. */
interface Parameter {
  /** Without a default the parameter is required. `<stage>` stands for the stage. */
  default?: string;
  /** The environment variable of the functions; `lib/config.ts` checks its value. */
  variable?: string;
  /** For a parameter without a variable. */
  pattern?: { is: RegExp; called: string };
}

const whole = { is: /^\d{1,9}$/, called: 'a whole number' };
const wholeOrNone = { is: /^\d{0,9}$/, called: 'a whole number, or empty' };
const arn = (service: string) => ({
  is: new RegExp(`^(arn:[\\w-]+:${service}:[\\w-]+:\\d{12}:.+)?$`),
  called: `an ARN of ${service}`,
});

export const parameters: Readonly<Record<string, Parameter>> = {
  clusterArn: {
    variable: 'DB_CLUSTER_ARN',
    pattern: {
      is: /^arn:[\w-]+:rds:[\w-]+:\d{12}:cluster:[\w-]+$/,
      called: 'the ARN of a cluster (arn:aws:rds:<region>:<account>:cluster:<name>)',
    },
  },
  secretArn: { variable: 'DB_SECRET_ARN', pattern: arn('secretsmanager') },
  database: { variable: 'DB_NAME' },
  service: { default: 'offload', pattern: { is: /^[a-z][a-z0-9-]{0,29}$/, called: 'a name (a-z, 0-9, -)' } },
  freshForMs: { default: '1000', variable: 'FRESH_FOR_MS' },
  staleLimitMs: { default: '3600000', variable: 'STALE_LIMIT_MS' },
  transactionWaitMs: { default: '2000', variable: 'TRANSACTION_WAIT_MS' },
  historyForS: { default: '3600', variable: 'HISTORY_FOR_S' },
  minReadIntervalMs: { default: '0', variable: 'MIN_READ_INTERVAL_MS' },
  maxReadIntervalMs: { default: '0', variable: 'MAX_READ_INTERVAL_MS' },
  memoryBytes: { default: '268435456', variable: 'MEMORY_BYTES' },
  maxAgeS: { default: '0', variable: 'MAX_AGE_S' },
  staleWhileRevalidateS: { default: '0', variable: 'STALE_WHILE_REVALIDATE_S' },
  staleIfErrorS: { default: '0', variable: 'STALE_IF_ERROR_S' },
  basePath: { default: '', variable: 'BASE_PATH' },
  publicUrl: { default: '', variable: 'PUBLIC_URL' },
  corsOrigins: { default: '*', variable: 'CORS_ORIGINS' },
  refreshTokenParameter: {
    default: '/offload/<stage>/refresh-token',
    pattern: { is: /^\/[\w./-]+$/, called: 'the name of an SSM parameter that begins with a slash' },
  },
  kmsKeyArn: { default: '', pattern: arn('kms') },
  alarmTopicArn: { default: '', pattern: arn('sns') },
  changeQueueArn: { default: '', pattern: arn('sqs') },
  changeStreamArn: { default: '', pattern: arn('kinesis') },
  throttleRate: { default: '200', pattern: whole },
  throttleBurst: { default: '400', pattern: whole },
  listConcurrency: { default: '', pattern: wholeOrNone },
  refreshConcurrency: { default: '', pattern: wholeOrNone },
  lagBoundMs: { default: '10000', pattern: { is: /^[1-9]\d{0,8}$/, called: 'a whole number above 0' } },
  runbookUrl: {
    default: 'docs/operations.md',
    pattern: { is: /^[^\s#]{1,200}$/, called: 'a URL or path without spaces and #' },
  },
  authorizer: { default: '', pattern: { is: /^(iam|jwt)?$/, called: 'iam, jwt or empty' } },
  jwtIssuer: { default: '', pattern: { is: /^(https:\/\/\S+)?$/, called: 'an https:// URL' } },
  jwtAudience: { default: '', pattern: { is: /^\S*$/, called: 'a list separated by commas' } },
  checkDatabase: { default: 'true', pattern: { is: /^(true|false)$/, called: 'true or false' } },
};

const local: Record<string, string> = {
  clusterArn: 'arn:aws:rds:us-east-1:000000000000:cluster:local',
  secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:local',
  database: process.env['POSTGRES_DATABASE'] ?? 'bbs',
};

const File = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** The inputs of a deployment: every parameter, and the cluster's region. */
export interface Deployment {
  region: string;
  values: Record<string, string>;
  /** For `Cache-Control`: `private` with an authorizer, so that no proxy stores an answer. */
  cacheScope: 'public' | 'private';
  /** Resources that depend on parameters. */
  template: ReturnType<typeof templateOf>;
}

/**
 * Reads and checks a deployment's parameters.
 * @param given from the command line: `name=value`
 * @param region from the command line
 * @throws Error with one line that names every missing, unknown or invalid parameter
 */
export async function readParameters({
  stage,
  given = [],
  region,
  folder = new URL('../params/', import.meta.url),
}: {
  stage: string;
  given?: readonly string[];
  region?: string | undefined;
  folder?: URL;
}): Promise<Deployment> {
  const file = `params/${stage}.yml`;
  const text = await readFile(new URL(`${stage}.yml`, folder), 'utf8').catch(() => '');
  const inFile = Object.entries(File.parse(parse(text) ?? {})).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const inCommand = given.map((one): [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1).trimEnd()];
  });
  const set: Record<string, string> = {
    ...(stage === 'local' ? local : {}),
    ...Object.fromEntries([...inFile, ...inCommand]),
  };

  const faults = Object.keys(set)
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name) => `${name} is not a parameter (known: ${Object.keys(parameters).join(', ')})`);
  const values: Record<string, string> = {};
  for (const [name, { default: usual, pattern }] of Object.entries(parameters)) {
    const value = set[name] ?? usual?.replace('<stage>', stage);
    if (value === undefined) faults.push(`${name} is missing: set it in ${file}, or with --param ${name}=…`);
    else if (pattern !== undefined && !pattern.is.test(value))
      faults.push(`${name} must be ${pattern.called}, got "${value}"`);
    values[name] = value ?? '';
  }
  const itsRegion = values['clusterArn']?.split(':')[3] ?? '';
  if (region !== undefined && region !== itsRegion)
    faults.push(`--region ${region} differs from the cluster's region ${itsRegion}: omit --region`);
  if (values['authorizer'] === 'jwt' && (values['jwtIssuer'] === '' || values['jwtAudience'] === ''))
    faults.push('authorizer is jwt: set jwtIssuer and jwtAudience too');
  const longest = `${values['service']}-${stage}-${itsRegion}-refresh`;
  if (longest.length > 64)
    faults.push(
      `the role name ${longest} has ${longest.length} characters, and IAM allows 64: shorten the service or the stage`,
    );
  if (faults.length === 0) faults.push(...faultsOfVariables(values));
  if (faults.length > 0)
    throw new Error(`The parameters of the stage ${stage} are invalid: ${faults.join('; ')}.`);
  const cacheScope = values['authorizer'] === '' ? 'public' : 'private';
  return {
    region: itsRegion,
    values,
    cacheScope,
    template: templateOf({ stage, region: itsRegion, values }),
  };
}

/** Finds invalid variables before the deployment, which would fail the functions' start. */
function faultsOfVariables(values: Record<string, string>): string[] {
  const variables = Object.entries(parameters).flatMap(([name, { variable }]) =>
    variable === undefined ? [] : [[variable, values[name] ?? '']],
  );
  try {
    parseConfig({ ...Object.fromEntries(variables), CACHE: 'container' });
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
