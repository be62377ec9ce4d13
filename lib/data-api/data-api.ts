import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import * as z from 'zod/mini';
import { type CallOptions, type RetryDeps, retry } from './retry.ts';
import { fromField, type SqlValue, toParameters } from './values.ts';

/** A row's schema takes the row's values as an array, in the order of the select list. */
export type RowSchema<Row> = z.core.$ZodType<Row>;

export type Query = <Row>(
  row: RowSchema<Row>,
  sql: string,
  values?: Record<string, SqlValue>,
) => Promise<Row[]>;

/** PostgreSQL through the RDS Data API. It knows nothing of what the rows mean. */
export interface DataApi {
  /**
   * One statement, in its own transaction.
   * @throws DatabaseUnavailableError, DatabaseAccessError, StatementError; ZodError for a row that the schema refuses.
   */
  query(options: CallOptions): Query;
  /**
   * Statements that all see one moment of the database (`REPEATABLE READ READ ONLY`).
   * @throws TransactionLostError besides: nothing of what `use` read may then be kept.
   */
  readTransaction<T>(options: CallOptions, use: (query: Query) => Promise<T>): Promise<T>;
}

/** How long a rollback is waited for. */
const rollbackMs = 2_000;

export function createDataApi({
  client,
  resourceArn,
  secretArn,
  database,
  ...deps
}: {
  client: Pick<RDSDataClient, 'send'>;
  resourceArn: string;
  secretArn: string;
  database: string;
} & RetryDeps): DataApi {
  const cluster = { resourceArn, secretArn };

  const queryIn =
    (options: CallOptions, transactionId?: string): Query =>
    async (row, sql, values = {}) => {
      const command = new ExecuteStatementCommand({
        ...cluster,
        database,
        sql,
        parameters: toParameters(values),
        ...(transactionId === undefined ? {} : { transactionId }),
      });
      const { records = [] } = await retry((abortSignal) => client.send(command, { abortSignal }), deps, {
        ...options,
        inTransaction: transactionId !== undefined,
      });
      return records.map((record) => z.parse(row, record.map(fromField)));
    };

  return {
    query: (options) => queryIn(options),

    async readTransaction(options, use) {
      const begin = new BeginTransactionCommand({ ...cluster, database });
      const { transactionId } = await retry((abortSignal) => client.send(begin, { abortSignal }), deps, {
        ...options,
        inTransaction: false,
      });
      if (transactionId === undefined) throw new TypeError('BeginTransaction answered no transactionId');
      const query = queryIn(options, transactionId);
      try {
        await query(z.never(), 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
        return await use(query);
      } finally {
        // It changed nothing, so there is nothing to commit. Whatever goes wrong here, the service ends
        // a transaction that nobody uses after three minutes, and what was read stays true.
        const rollback = new RollbackTransactionCommand({ ...cluster, transactionId });
        await client.send(rollback, { abortSignal: AbortSignal.timeout(rollbackMs) }).catch(() => {});
      }
    },
  };
}
