import * as z from 'zod/mini';

const text = (pattern = /./, fault = 'empty') => z.string().check(z.regex(pattern, fault));
const whole = z.pipe(text(/^\d{1,15}$/, 'not a whole number'), z.transform(Number));

/** The environment of both functions; README.md says what each variable is for. */
const Environment = z.object({
  CACHE: z._default(z.enum(['dynamodb', 'container'], 'neither dynamodb nor container'), 'dynamodb'),
  CACHE_TABLE: z.optional(text()),
  DB_CLUSTER_ARN: text(/^arn:/, 'not an ARN'),
  DB_SECRET_ARN: text(/^arn:/, 'not an ARN'),
  DB_NAME: text(),
  DB_TABLE: z._default(text(/^[^.]+\.[^.]+$/, 'not schema.table'), 'public.bbs_topic'),
  EPOCH: z._default(whole, 1),
  FRESH_FOR_MS: z._default(whole, 1_000),
  STALE_LIMIT_MS: z._default(whole, 3_600_000),
  TRANSACTION_WAIT_MS: z._default(whole, 2_000),
  MAX_AGE_S: z._default(whole, 0),
  STALE_WHILE_REVALIDATE_S: z._default(whole, 0),
  STALE_IF_ERROR_S: z._default(whole, 0),
  REFRESH_TOKEN_PARAMETER: z.optional(text()),
});

export interface Config {
  /** The DynamoDB table of the shared cache; undefined: each container has a cache of its own. */
  cacheTable: string | undefined;
  database: { clusterArn: string; secretArn: string; name: string; table: string };
  /** Raised by the operator when the database's transaction counter may have gone back. */
  epoch: number;
  freshness: { freshForMs: number; staleLimitMs: number; transactionWaitMs: number };
  /** What clients and proxies are told, in seconds. */
  cacheControl: { maxAgeS: number; staleWhileRevalidateS: number; staleIfErrorS: number };
  /** The name of the SSM parameter with the token of `/refresh/`; undefined: `/refresh/` is closed to HTTP. */
  refreshTokenParameter: string | undefined;
}

/** @throws Error with one line that names every variable that is missing or wrong. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = z.safeParse(Environment, given);
  const faults = result.success ? [] : result.error.issues.map((issue) => fault(issue, given));
  const cache = given['CACHE'] ?? 'dynamodb';
  if (cache === 'dynamodb' && given['CACHE_TABLE'] === undefined)
    faults.push('CACHE_TABLE is missing (or set CACHE=container)');
  if (!result.success || faults.length > 0)
    throw new Error(`The environment is not complete: ${faults.join('; ')}.`);

  const env = result.data;
  return {
    cacheTable: env.CACHE === 'dynamodb' ? env.CACHE_TABLE : undefined,
    database: {
      clusterArn: env.DB_CLUSTER_ARN,
      secretArn: env.DB_SECRET_ARN,
      name: env.DB_NAME,
      table: env.DB_TABLE,
    },
    epoch: env.EPOCH,
    freshness: {
      freshForMs: env.FRESH_FOR_MS,
      staleLimitMs: env.STALE_LIMIT_MS,
      transactionWaitMs: env.TRANSACTION_WAIT_MS,
    },
    cacheControl: {
      maxAgeS: env.MAX_AGE_S,
      staleWhileRevalidateS: env.STALE_WHILE_REVALIDATE_S,
      staleIfErrorS: env.STALE_IF_ERROR_S,
    },
    refreshTokenParameter: env.REFRESH_TOKEN_PARAMETER,
  };
}

/** The value is not repeated: it might be a secret in the wrong place. */
function fault({ path, message }: z.core.$ZodIssue, given: Record<string, unknown>) {
  const name = path.join('.');
  return given[name] === undefined ? `${name} is missing` : `${name} is ${message}`;
}
