import { describe, expect, test } from '@jest/globals';
import { parseCommandLine, UsageError } from '../../../local/data-api/command-line.ts';
import { defaultResourceArn, defaultSecretArn } from '../../../local/data-api/default-arns.ts';
import { awsLimits } from '../../../local/data-api/limits.ts';

const databaseUrl = 'postgres://user:secret@127.0.0.1:5432/app';
const parse = (...args: string[]) => parseCommandLine(['--database-url', databaseUrl, ...args]);

test('only the database is required: the port, the ARNs and the limits have defaults', () => {
  expect(parse()).toEqual({
    options: {
      databaseUrl,
      port: 8080,
      resourceArn: defaultResourceArn,
      secretArn: defaultSecretArn,
      limits: awsLimits,
      fractionDigits: 'grouped',
    },
    isQuiet: false,
  });
});

test('every option can be set', () => {
  const args = {
    'max-response-bytes': 1,
    'max-row-bytes': 2,
    'max-request-bytes': 3,
    'statement-timeout-ms': 4,
    'transaction-idle-ms': 5,
    'transaction-lifetime-ms': 6,
    'oversized-response-error': 'UnsupportedResultException',
    'fraction-digits': 'trimmed',
  };
  const given = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
  expect(parse(...given, '--limit-encoded-response')).toMatchObject({
    options: {
      fractionDigits: 'trimmed',
      limits: {
        maxResponseBytes: 1,
        maxRowBytes: 2,
        maxRequestBytes: 3,
        statementTimeoutMs: 4,
        transactionIdleMs: 5,
        transactionLifetimeMs: 6,
        oversizedResponseError: 'UnsupportedResultException',
        limitEncodedResponse: true,
      },
    },
  });
});

test('--no-row-limit switches the row limit off', () => {
  expect(parse('--no-row-limit')).toMatchObject({ options: { limits: { maxRowBytes: false } } });
});

test.each(['--help', '-h'])('%s asks for the help without other options', (flag) => {
  expect(parseCommandLine([flag])).toBe('help');
});

describe('the command line refuses, in one sentence,', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown option', ['--nope'], /Unknown option '--nope'/],
    ['a port that is not a number', ['--port', 'x'], /^--port is not valid: /],
    ['a port that is too high', ['--port', '65536'], /^--port is not valid: /],
    ['a database other than PostgreSQL', ['--database-url', 'mysql://a/b'], /^--database-url is not valid: /],
    ['an invalid ARN', ['--resource-arn', 'cluster'], /^--resource-arn is not valid: /],
    ['a limit of 0', ['--statement-timeout-ms', '0'], /^--statement-timeout-ms is not valid: /],
    [
      'a duration longer than a timer of Node.js',
      ['--transaction-idle-ms', '2147483648'],
      /^--transaction-idle-ms is not/,
    ],
    [
      '--max-row-bytes with --no-row-limit',
      ['--max-row-bytes', '1', '--no-row-limit'],
      /exclude each other$/,
    ],
  ])('%s', (_what, args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });

  test('a missing database', () => {
    expect(() => parseCommandLine([])).toThrow(
      '--database-url is missing: give the URL of a PostgreSQL database',
    );
  });
});
