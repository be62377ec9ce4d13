import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { awsRetryDelaysMs } from './lambda/event-queue.ts';
import { tablesFile } from './tables.ts';

const port = (fallback: number) =>
  z.coerce
    .number('not a port')
    .int('not a port')
    .min(0, 'not a port')
    .max(65_535, 'not a port')
    .default(fallback);

const Environment = z.object({
  API_PORT: port(3000),
  LAMBDA_PORT: port(3002),
  DATA_API_PORT: port(8080),
  DYNAMODB_PORT: port(8000),
  SSM_PORT: port(8001),
  POSTGRES_PORT: port(54320),
  LAMBDA_RETRY_DELAYS_MS: z
    .string()
    .regex(/^\d+,\d+$/, 'not two numbers of milliseconds, separated by a comma')
    .transform((text) => text.split(',').map(Number))
    .default([...awsRetryDelaysMs]),
  POLL_MS: z.coerce
    .number('not a number of milliseconds')
    .int('not a number of milliseconds')
    .min(0, 'not a number of milliseconds')
    .max(600_000, 'more than 600000 milliseconds')
    .default(1_000),
  INSTALL_TRIGGER: z.enum(['0', '1'], 'not 0 or 1').default('0'),
  TABLES: z.string().default(fileURLToPath(tablesFile)),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'not a postgres:// URL' }).optional(),
});

/** The variable of each port. */
export const portVariables = {
  api: 'API_PORT',
  lambda: 'LAMBDA_PORT',
  dataApi: 'DATA_API_PORT',
  dynamoDb: 'DYNAMODB_PORT',
  parameters: 'SSM_PORT',
  postgres: 'POSTGRES_PORT',
} as const;

export interface Settings {
  /** 0 takes a free port. */
  ports: {
    api: number;
    lambda: number;
    dataApi: number;
    dynamoDb: number;
    parameters: number;
    postgres: number;
  };
  /** The delays before the first and the second retry of a failed event. */
  retryDelaysMs?: readonly number[];
  /** A PostgreSQL to use instead of the demo database; the stack only reads it, unless it installs the trigger. */
  databaseUrl: string | undefined;
  /** The polling interval for that PostgreSQL; 0: off. Undefined: triggers are installed, and announce changes. */
  pollMs?: number | undefined;
  /** The index of served tables. */
  tables: URL;
}

/** @throws Error with one line that names every invalid variable. */
export function parseSettings(environment: Record<string, string | undefined>): Settings {
  const { data, error } = Environment.safeParse(environment);
  if (error !== undefined) {
    const faults = error.issues.map(({ path, message }) => {
      const name = path.join('.');
      const isSecret = name === 'DATABASE_URL'; // may contain a password
      return `${name} is ${message}${isSecret ? '' : `: "${environment[name]}"`}`;
    });
    throw new Error(`${faults.join('; ')}.`);
  }
  return {
    ports: {
      api: data.API_PORT,
      lambda: data.LAMBDA_PORT,
      dataApi: data.DATA_API_PORT,
      dynamoDb: data.DYNAMODB_PORT,
      parameters: data.SSM_PORT,
      postgres: data.POSTGRES_PORT,
    },
    retryDelaysMs: data.LAMBDA_RETRY_DELAYS_MS,
    databaseUrl: data.DATABASE_URL,
    pollMs: data.DATABASE_URL === undefined || data.INSTALL_TRIGGER === '1' ? undefined : data.POLL_MS,
    tables: pathToFileURL(resolve(data.TABLES)),
  };
}

/** The folder of the local stack's data, relative to the working directory. */
export const localDir = '.local';
export const endpointsFile = `${localDir}/endpoints.json`;

/** The token of `/refresh/`, valid only for the local stack, which prints it. */
export const localToken = 'local-refresh-token';
