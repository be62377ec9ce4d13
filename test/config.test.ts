import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../lib/config.ts';

const complete = {
  CACHE_TABLE: 'offload-prod-cache',
  DB_CLUSTER_ARN: 'arn:aws:rds:us-east-1:123456789012:cluster:main',
  DB_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-abcdef',
  DB_NAME: 'app',
};

/** The error message for an environment. */
function faultOf(environment: Record<string, string | undefined>) {
  try {
    parseConfig(environment);
  } catch (error) {
    return error instanceof Error ? error.message : undefined;
  }
  return undefined;
}

test('the required variables are enough', () => {
  expect(parseConfig(complete)).toEqual({
    cacheTable: 'offload-prod-cache',
    database: {
      clusterArn: complete.DB_CLUSTER_ARN,
      secretArn: complete.DB_SECRET_ARN,
      name: 'app',
    },
    freshness: { freshForMs: 1_000, staleLimitMs: 3_600_000, transactionWaitMs: 2_000 },
    cacheControl: { scope: 'public', maxAgeS: 0, staleWhileRevalidateS: 0, staleIfErrorS: 0 },
    refreshTokenParameter: undefined,
    historyForS: 3_600,
    readInterval: { minMs: 0, maxMs: 0 },
    memoryBytes: 268_435_456,
    basePath: '',
    publicUrl: undefined,
    corsOrigins: '*',
    service: 'offload',
    stage: 'local',
  });
});

test('all else can be given', () => {
  const given = {
    ...complete,
    HISTORY_FOR_S: '86400',
    MIN_READ_INTERVAL_MS: '500',
    MAX_READ_INTERVAL_MS: '60000',
    BASE_PATH: '/v1',
    PUBLIC_URL: 'https://api.example.com/v1',
    CORS_ORIGINS: 'https://a.example,https://b.example',
    SERVICE: 'forum',
    STAGE: 'prod',
    FRESH_FOR_MS: '0',
    STALE_LIMIT_MS: '60000',
    TRANSACTION_WAIT_MS: '500',
    MAX_AGE_S: '5',
    STALE_WHILE_REVALIDATE_S: '30',
    STALE_IF_ERROR_S: '600',
    REFRESH_TOKEN_PARAMETER: '/offload/prod/refresh-token',
  };
  expect(parseConfig(given)).toMatchObject({
    historyForS: 86_400,
    readInterval: { minMs: 500, maxMs: 60_000 },
    basePath: '/v1',
    publicUrl: 'https://api.example.com/v1',
    corsOrigins: ['https://a.example', 'https://b.example'],
    service: 'forum',
    stage: 'prod',
    freshness: { freshForMs: 0, staleLimitMs: 60_000, transactionWaitMs: 500 },
    cacheControl: { scope: 'public', maxAgeS: 5, staleWhileRevalidateS: 30, staleIfErrorS: 600 },
    refreshTokenParameter: '/offload/prod/refresh-token',
  });
});

test('an empty variable counts as unset', () => {
  const empty = { HISTORY_FOR_S: '', REFRESH_TOKEN_PARAMETER: '', CACHE: '' };
  expect(parseConfig({ ...complete, ...empty })).toEqual(parseConfig(complete));
  expect(faultOf({ ...complete, DB_NAME: '' })).toContain('DB_NAME is missing');
});

test('unknown variables are ignored', () => {
  expect(parseConfig({ ...complete, PATH: '/bin', cache: 'x' })).toEqual(parseConfig(complete));
});

describe('CACHE=container', () => {
  test('needs no table', () => {
    const { CACHE_TABLE: _, ...others } = complete;
    expect(parseConfig({ ...others, CACHE: 'container' }).cacheTable).toBeUndefined();
  });

  test('leaves a table alone', () => {
    expect(parseConfig({ ...complete, CACHE: 'container' }).cacheTable).toBeUndefined();
  });
});

describe('one line names', () => {
  test('everything that is missing', () => {
    expect(faultOf({})).toBe(
      'The environment is invalid: DB_CLUSTER_ARN is missing; DB_SECRET_ARN is missing; DB_NAME is missing; ' +
        'CACHE_TABLE is missing (or set CACHE=container).',
    );
  });

  test.each(['DB_CLUSTER_ARN', 'DB_SECRET_ARN', 'DB_NAME'])('%s, when it alone is missing', (name) => {
    expect(faultOf({ ...complete, [name]: undefined })).toBe(
      `The environment is invalid: ${name} is missing.`,
    );
  });

  test.each([
    ['CACHE', 'neither dynamodb nor container'],
    ['DB_CLUSTER_ARN', 'not an ARN'],
    ['DB_SECRET_ARN', 'not an ARN'],
    ['HISTORY_FOR_S', 'not a whole number'],
    ['MAX_READ_INTERVAL_MS', 'not a whole number'],
    ['BASE_PATH', 'not a path like /v1'],
    ['CORS_ORIGINS', 'neither * nor a list of origins'],
    ['FRESH_FOR_MS', 'not a whole number'],
    ['STALE_LIMIT_MS', 'not a whole number'],
    ['TRANSACTION_WAIT_MS', 'not a whole number'],
    ['MAX_AGE_S', 'not a whole number'],
    ['STALE_WHILE_REVALIDATE_S', 'not a whole number'],
    ['STALE_IF_ERROR_S', 'not a whole number'],
  ])('%s, when it is %s, without its value', (name, what) => {
    const fault = faultOf({ ...complete, [name]: 'hunter2' });
    expect(fault).toBe(`The environment is invalid: ${name} is ${what}.`);
  });

  test('all that is wrong or missing, at once', () => {
    const fault = faultOf({
      DB_CLUSTER_ARN: 'hunter2',
      HISTORY_FOR_S: '-1',
      CACHE: 'redis',
      MAX_AGE_S: '1.5',
    });
    for (const name of ['DB_CLUSTER_ARN', 'DB_SECRET_ARN', 'DB_NAME', 'HISTORY_FOR_S', 'CACHE', 'MAX_AGE_S'])
      expect(fault).toContain(`${name} is `);
    expect(fault).not.toMatch(/hunter2|redis|-1|1\.5|\n/);
  });

  test.each(['-1', '1.5', '1e3', ' 1', '0x10', 'Infinity', '9999999999999999'])(
    'a number that is none: %j',
    (value) => {
      expect(faultOf({ ...complete, HISTORY_FOR_S: value })).toContain('HISTORY_FOR_S is not a whole number');
    },
  );
});
