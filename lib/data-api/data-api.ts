import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type RDSDataClient,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import * as z from 'zod/mini';
import { type CallOptions, type RetryDeps, untilDeadline } from './until-deadline.ts';
import { fromField, type SqlValue, toParameters } from './values.ts';

/** A schema for one row: an array of values in the order of the select list. */
export type RowSchema<Row> = z.core.$ZodType<Row>;

export type Query = <Row>(
  row: RowSchema<Row>,
  sql: string,
  values?: Record<string, SqlValue>,
) => Promise<Row[]>;

/** PostgreSQL through the RDS Data API, independent of what the rows mean. */
export interface DataApi {
  /**
   * Runs one statement in its own transaction.
   * @throws DatabaseUnavailableError, DatabaseAccessError, StatementError; ZodError for a row that does not fit the
   * schema.
   */
  query(options: CallOptions): Query;
  /**
   * Runs statements that all see one moment of the database (`REPEATABLE READ READ ONLY`).
   * @throws the same, and TransactionLostError: then everything that `use` has read must be discarded.
   */
  readTransaction<T>(options: CallOptions, use: (query: Query) => Promise<T>): Promise<T>;
}

/** The time limit for a rollback. */
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
      const { records = [] } = await untilDeadline(
        (abortSignal) => client.send(command, { abortSignal }),
        deps,
        {
          ...options,
          inTransaction: transactionId !== undefined,
        },
      );
      return records.map((record) => z.parse(row, record.map(fromField)));
    };

  return {
    query: (options) => queryIn(options),

    async readTransaction(options, use) {
      const begin = new BeginTransactionCommand({ ...cluster, database });
      const { transactionId } = await untilDeadline(
        (abortSignal) => client.send(begin, { abortSignal }),
        deps,
        {
          ...options,
          inTransaction: false,
        },
      );
      if (transactionId === undefined) throw new TypeError('BeginTransaction answered no transactionId');
      const query = queryIn(options, transactionId);
      try {
        await query(z.never(), 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
        return await use(query);
      } finally {
        // The transaction changed nothing, so a failed rollback does no harm: the service ends an idle transaction
        // after three minutes.
        const rollback = new RollbackTransactionCommand({ ...cluster, transactionId });
        await client.send(rollback, { abortSignal: AbortSignal.timeout(rollbackMs) }).catch(() => {});
      }
    },
  };
}
