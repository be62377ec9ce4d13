import * as z from 'zod';
import { ApiError } from './api-error.ts';

/** The SDK writes NaN and the infinities as strings. */
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
/** `parseJson` in json-text.ts parses an integer beyond 2^53 as a bigint. */
const long = z.union([
  z.int(),
  z
    .bigint()
    .min(-(2n ** 63n))
    .max(2n ** 63n - 1n),
]);

const Value = z.union([
  z.strictObject({ isNull: z.literal(true) }),
  z.strictObject({ booleanValue: z.boolean() }),
  z.strictObject({ longValue: long }),
  z.strictObject({ doubleValue: double }),
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ blobValue: z.base64() }),
  z.strictObject({ arrayValue: z.looseObject({}) }),
]);

const SqlParameter = z.object({
  name: z.string().regex(/^[A-Za-z0-9_]+$/),
  value: Value.optional(),
  typeHint: z.enum(['JSON', 'UUID', 'TIMESTAMP', 'DATE', 'TIME', 'DECIMAL']).optional(),
});
export type SqlParameter = z.infer<typeof SqlParameter>;

const arns = { resourceArn: z.string().min(11).max(100), secretArn: z.string().min(11).max(100) };
const transactionId = z.string().max(192);
const sql = z.string().max(65536);

export const ExecuteStatementRequest = z.object({
  ...arns,
  sql,
  database: z.string().max(64).optional(),
  schema: z.string().max(64).optional(),
  parameters: z.array(SqlParameter).default([]),
  transactionId: transactionId.optional(),
  includeResultMetadata: z.boolean().default(false),
  continueAfterTimeout: z.boolean().default(false),
  resultSetOptions: z
    .object({
      decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).default('STRING'),
      longReturnType: z.enum(['LONG', 'STRING']).default('LONG'),
    })
    .prefault({}),
  formatRecordsAs: z.enum(['NONE', 'JSON']).default('NONE'),
});
export type ExecuteStatementRequest = z.infer<typeof ExecuteStatementRequest>;

export const BatchExecuteStatementRequest = z.object({
  ...arns,
  sql,
  database: z.string().max(64).optional(),
  schema: z.string().max(64).optional(),
  parameterSets: z.array(z.array(SqlParameter)).default([]),
  transactionId: transactionId.optional(),
});
export type BatchExecuteStatementRequest = z.infer<typeof BatchExecuteStatementRequest>;

export const BeginTransactionRequest = z.object({
  ...arns,
  database: z.string().max(64).optional(),
  schema: z.string().max(64).optional(),
});
export type BeginTransactionRequest = z.infer<typeof BeginTransactionRequest>;

/** The request of CommitTransaction and of RollbackTransaction. */
export const EndTransactionRequest = z.object({ ...arns, transactionId });
export type EndTransactionRequest = z.infer<typeof EndTransactionRequest>;

/** Invalid members that an error message names. */
const maxNamedIssues = 20;

/** @throws ApiError ValidationException that names the members that are missing or invalid. */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const faults = issues
    .slice(0, maxNamedIssues)
    .map(({ path, message }) => `Value at '${path.join('.')}' is not valid: ${message}`);
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  throw new ApiError('ValidationException', `${count}: ${faults.join('; ')}`);
}
