import { parseArgs } from 'node:util';
import * as z from 'zod';
import type { DataApiServerOptions } from './create-data-api-server.ts';
import { defaultResourceArn, defaultSecretArn } from './default-arns.ts';
import { awsLimits, type Limits } from './limits.ts';

export const help = `Usage: data-api --database-url <url> [options]

Serve the Amazon RDS Data API on 127.0.0.1 from a PostgreSQL database.

  --database-url <url>               postgres://user:password@host:port/database
  --port <number>                    default 8080; 0 takes a free port
  --resource-arn <arn>               ${defaultResourceArn}
  --secret-arn <arn>                 ${defaultSecretArn}

Limits, with the defaults of AWS:
  --max-response-bytes <number>      1048576
  --max-row-bytes <number>           65536
  --no-row-limit                     allow rows as large as the response
  --max-request-bytes <number>       4194304
  --statement-timeout-ms <number>    45000
  --transaction-idle-ms <number>     180000
  --transaction-lifetime-ms <number> 86400000
  --oversized-response-error <name>  BadRequestException (default) or UnsupportedResultException
  --limit-encoded-response           apply the response limit to the encoded JSON too

Values:
  --fraction-digits <form>           digits of a second's fraction: grouped (0, 3 or 6; default) or trimmed

  --quiet                            do not print each call
  --help                             print this help
`;

/** The command: print the help, or serve. */
export type CommandLine = 'help' | { options: DataApiServerOptions; isQuiet: boolean };

/** An argument is wrong or missing. The message is a sentence without its full stop. */
export class UsageError extends Error {}

const amount = z.coerce.number().int().positive();
/** The longest delay of a timer in Node.js. */
const duration = amount.max(2 ** 31 - 1);
const Values = z.object({
  'database-url': z.url({ protocol: /^postgres(?:ql)?$/ }),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  'resource-arn': z.string().startsWith('arn:').default(defaultResourceArn),
  'secret-arn': z.string().startsWith('arn:').default(defaultSecretArn),
  'max-response-bytes': amount.default(awsLimits.maxResponseBytes),
  'max-row-bytes': amount.optional(),
  'no-row-limit': z.boolean().default(false),
  'max-request-bytes': amount.default(awsLimits.maxRequestBytes),
  'statement-timeout-ms': duration.default(awsLimits.statementTimeoutMs),
  'transaction-idle-ms': duration.default(awsLimits.transactionIdleMs),
  'transaction-lifetime-ms': duration.default(awsLimits.transactionLifetimeMs),
  'oversized-response-error': z
    .enum(['BadRequestException', 'UnsupportedResultException'])
    .default(awsLimits.oversizedResponseError),
  'limit-encoded-response': z.boolean().default(awsLimits.limitEncodedResponse),
  'fraction-digits': z.enum(['grouped', 'trimmed']).default('grouped'),
  quiet: z.boolean().default(false),
});

/** @throws UsageError */
export function parseCommandLine(args: string[]): CommandLine {
  const values = readArgs(args);
  if (values.help) return 'help';
  if (values['database-url'] === undefined)
    throw new UsageError('--database-url is missing: give the URL of a PostgreSQL database');
  const parsed = Values.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`--${issue?.path.join()} is not valid: ${issue?.message}`);
  }
  const given = parsed.data;
  if (given['no-row-limit'] && given['max-row-bytes'] !== undefined) {
    throw new UsageError('--max-row-bytes and --no-row-limit exclude each other');
  }
  const limits: Limits = {
    maxResponseBytes: given['max-response-bytes'],
    maxRowBytes: !given['no-row-limit'] && (given['max-row-bytes'] ?? awsLimits.maxRowBytes),
    maxRequestBytes: given['max-request-bytes'],
    statementTimeoutMs: given['statement-timeout-ms'],
    transactionIdleMs: given['transaction-idle-ms'],
    transactionLifetimeMs: given['transaction-lifetime-ms'],
    oversizedResponseError: given['oversized-response-error'],
    limitEncodedResponse: given['limit-encoded-response'],
  };
  return {
    options: {
      databaseUrl: given['database-url'],
      port: given.port,
      resourceArn: given['resource-arn'],
      secretArn: given['secret-arn'],
      limits,
      fractionDigits: given['fraction-digits'],
    },
    isQuiet: given.quiet,
  };
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        'database-url': text,
        port: text,
        'resource-arn': text,
        'secret-arn': text,
        'max-response-bytes': text,
        'max-row-bytes': text,
        'no-row-limit': flag,
        'max-request-bytes': text,
        'statement-timeout-ms': text,
        'transaction-idle-ms': text,
        'transaction-lifetime-ms': text,
        'oversized-response-error': text,
        'limit-encoded-response': flag,
        'fraction-digits': text,
        quiet: flag,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(message, { cause });
  }
}
