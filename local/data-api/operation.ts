import { batchExecuteStatement } from './batch-execute-statement.ts';
import type { Call, Database } from './call.ts';
import { executeStatement } from './execute-statement.ts';
import {
  BatchExecuteStatementRequest,
  BeginTransactionRequest,
  EndTransactionRequest,
  ExecuteStatementRequest,
  parseRequest,
} from './requests.ts';
import { beginTransaction, commitTransaction, rollbackTransaction } from './transaction-operations.ts';

export const operationNames = [
  'ExecuteStatement',
  'BatchExecuteStatement',
  'BeginTransaction',
  'CommitTransaction',
  'RollbackTransaction',
] as const;
export type OperationName = (typeof operationNames)[number];

/** A parsed request of any operation, with the members that operations share. */
export interface PreparedCall {
  resourceArn: string;
  secretArn: string;
  schema?: string | undefined;
  sql?: string | undefined;
  transactionId?: string | undefined;
  /** Resolves with the response's JSON text. */
  run(call: Call, on: Database): Promise<string>;
}

export interface Operation {
  name: OperationName;
  /** @throws ApiError ValidationException when the body is not a valid request of this operation. */
  prepare(body: unknown): PreparedCall;
}

type Common = Omit<PreparedCall, 'run'>;

function operation<Request extends Common>(
  name: OperationName,
  schema: Parameters<typeof parseRequest<Request>>[0],
  run: (request: Request, call: Call, on: Database) => Promise<string>,
): Operation {
  return {
    name,
    prepare(body) {
      const request = parseRequest(schema, body);
      return { ...request, run: (call, on) => run(request, call, on) };
    },
  };
}

export const operations: ReadonlyMap<string, Operation> = new Map([
  ['/Execute', operation('ExecuteStatement', ExecuteStatementRequest, executeStatement)],
  ['/BatchExecute', operation('BatchExecuteStatement', BatchExecuteStatementRequest, batchExecuteStatement)],
  ['/BeginTransaction', operation('BeginTransaction', BeginTransactionRequest, beginTransaction)],
  ['/CommitTransaction', operation('CommitTransaction', EndTransactionRequest, commitTransaction)],
  ['/RollbackTransaction', operation('RollbackTransaction', EndTransactionRequest, rollbackTransaction)],
]);
