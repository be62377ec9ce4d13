import type { Call, Database } from './call.ts';
import { compileSql } from './compile-sql.ts';
import type { Connection } from './connection.ts';
import { leaseFor, runLeased } from './lease.ts';
import type { BatchExecuteStatementRequest } from './requests.ts';
import type { Statement } from './statement.ts';

/**
 * Runs one statement with each set of parameters, or once without sets. Outside of a transaction the server commits
 * all sets together or none of them.
 *
 * @returns the response's JSON text.
 */
export async function batchExecuteStatement(
  request: BatchExecuteStatementRequest,
  { signal }: Call,
  on: Database,
) {
  const { sql, parameterSets, transactionId } = request;
  const compiled = compileSql(sql);
  const statements = (parameterSets.length === 0 ? [[]] : parameterSets).map((set) => compiled.bind(set));

  const bounds = { timeoutMs: on.limits.statementTimeoutMs, continueAfterTimeout: false, signal };
  await runLeased(await leaseFor(request, on), on.connections, bounds, async (connection, stopped) => {
    if (transactionId !== undefined) return runAll(connection, statements, stopped);
    await connection.runOwn('BEGIN');
    try {
      await runAll(connection, statements, stopped);
      await connection.runOwn('COMMIT');
    } catch (error) {
      // The first error is the one for the client.
      await connection.runOwn('ROLLBACK').catch(() => {});
      throw error;
    }
  });
  return JSON.stringify({ updateResults: statements.map(() => ({ generatedFields: [] })) });
}

/** Drops the rows that the statement returns: the operation's response has none. */
async function runAll(connection: Connection, statements: Statement[], stopped: AbortSignal) {
  for (const statement of statements) {
    stopped.throwIfAborted();
    await connection.run(statement, 0);
  }
}
