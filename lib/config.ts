import * as z from './parse.ts';

const text = (pattern = /./, fault = 'empty') => z.string().check(z.regex(pattern, fault));
const whole = z.pipe(text(/^\d{1,15}$/, 'not a whole number'), z.transform(Number));

/** The environment of both functions; docs/configuration.md describes each variable. */
const Environment = z.object({
  CACHE: z._default(z.enum(['dynamodb', 'container'], 'neither dynamodb nor container'), 'dynamodb'),
  CACHE_TABLE: z.optional(text()),
  DB_CLUSTER_ARN: text(/^arn:/, 'not an ARN'),
  DB_SECRET_ARN: text(/^arn:/, 'not an ARN'),
  DB_NAME: text(),
  FRESH_FOR_MS: z._default(whole, 1_000),
  STALE_LIMIT_MS: z._default(whole, 3_600_000),
  TRANSACTION_WAIT_MS: z._default(whole, 2_000),
  MAX_AGE_S: z._default(whole, 0),
  STALE_WHILE_REVALIDATE_S: z._default(whole, 0),
  STALE_IF_ERROR_S: z._default(whole, 0),
  /** `private`: no proxy may keep an answer. */
  CACHE_SCOPE: z._default(z.enum(['public', 'private'], 'neither public nor private'), 'public'),
  HISTORY_FOR_S: z._default(whole, 3_600),
  MIN_READ_INTERVAL_MS: z._default(whole, 0),
  /** 0: off. The schedule looks once a minute. */
  MAX_READ_INTERVAL_MS: z._default(
    whole.check(z.refine((ms) => ms === 0 || ms >= 60_000, 'under 60000 (0 switches it off)')),
    0,
  ),
  MEMORY_BYTES: z._default(whole, 268_435_456),
  BASE_PATH: z._default(text(/^(\/[\w.~-]+)+$/, 'not a path like /v1'), ''),
  PUBLIC_URL: z.optional(text(/^https?:\/\/[^\s/]+(\/\S*)?$/, 'not a URL')),
  /** `*`, or origins with commas between them. */
  CORS_ORIGINS: z._default(
    text(/^(\*|https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*)$/, 'neither * nor a list of origins'),
    '*',
  ),
  REFRESH_TOKEN_PARAMETER: z.optional(text()),
  SERVICE: z._default(text(), 'offload'),
  STAGE: z._default(text(), 'local'),
});

export interface Config {
  /** The DynamoDB table of the shared cache; undefined: each container has a cache of its own. */
  cacheTable: string | undefined;
  database: { clusterArn: string; secretArn: string; name: string };
  freshness: { freshForMs: number; staleLimitMs: number; transactionWaitMs: number };
  /** What clients and proxies are told, in seconds. */
  cacheControl: {
    scope: 'public' | 'private';
    maxAgeS: number;
    staleWhileRevalidateS: number;
    staleIfErrorS: number;
  };
  /** The name of the SSM parameter with the token of `/refresh/`; undefined: `/refresh/` is closed to HTTP. */
  refreshTokenParameter: string | undefined;
  /** How long a generation that was replaced can still be asked for. */
  historyForS: number;
  /** The least time between two reads of the tables, and the longest; 0: no bound. */
  readInterval: { minMs: number; maxMs: number };
  /** What a container keeps of the tables, at most. */
  memoryBytes: number;
  /** What the path of every request begins with: '' or `/v1`. */
  basePath: string;
  /** What absolute links begin with; undefined: the request's own domain. */
  publicUrl: string | undefined;
  /** Origins whose pages may read; `*`: all. */
  corsOrigins: '*' | readonly string[];
  /** The dimensions of every metric. */
  service: string;
  stage: string;
}

/** @throws Error with one line that names every variable that is missing or wrong. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = z.safeParse(Environment, given);
  const faults = result.success ? [] : result.error.faults.map((issue) => fault(issue, given));
  const cache = given['CACHE'] ?? 'dynamodb';
  if (cache === 'dynamodb' && given['CACHE_TABLE'] === undefined)
    faults.push('CACHE_TABLE is missing (or set CACHE=container)');
  if (!result.success || faults.length > 0)
    throw new Error(`The environment is invalid: ${faults.join('; ')}.`);

  const env = result.data;
  return {
    cacheTable: env.CACHE === 'dynamodb' ? env.CACHE_TABLE : undefined,
    database: {
      clusterArn: env.DB_CLUSTER_ARN,
      secretArn: env.DB_SECRET_ARN,
      name: env.DB_NAME,
    },
    freshness: {
      freshForMs: env.FRESH_FOR_MS,
      staleLimitMs: env.STALE_LIMIT_MS,
      transactionWaitMs: env.TRANSACTION_WAIT_MS,
    },
    cacheControl: {
      scope: env.CACHE_SCOPE,
      maxAgeS: env.MAX_AGE_S,
      staleWhileRevalidateS: env.STALE_WHILE_REVALIDATE_S,
      staleIfErrorS: env.STALE_IF_ERROR_S,
    },
    refreshTokenParameter: env.REFRESH_TOKEN_PARAMETER,
    historyForS: env.HISTORY_FOR_S,
    readInterval: { minMs: env.MIN_READ_INTERVAL_MS, maxMs: env.MAX_READ_INTERVAL_MS },
    memoryBytes: env.MEMORY_BYTES,
    basePath: env.BASE_PATH,
    publicUrl: env.PUBLIC_URL,
    corsOrigins: env.CORS_ORIGINS === '*' ? '*' : env.CORS_ORIGINS.split(','),
    service: env.SERVICE,
    stage: env.STAGE,
  };
}

/** The value is not repeated: it might be a secret in the wrong place. */
function fault({ path, message }: z.Fault, given: Record<string, unknown>) {
  const name = path.join('.');
  return given[name] === undefined ? `${name} is missing` : `${name} is ${message}`;
}
