import * as z from 'zod/mini';
import type { DataApi } from '../data-api/data-api.ts';

const Root = z.tuple([z.nullable(z.string())]);

/** The time limit of the look-up. */
const mostMs = 5_000;

/**
 * The root table of a partition, at any depth, as `schema.table`; undefined if the relation is no partition, or does
 * not exist. Change-data-capture tools name partitions.
 * @throws DatabaseUnavailableError, DatabaseAccessError
 */
export const createPartitionRoot =
  (dataApi: Pick<DataApi, 'query'>, nowMs: () => number) =>
  async (relation: string): Promise<string | undefined> => {
    const at = relation.indexOf('.');
    const query = dataApi.query({ deadlineMs: nowMs() + mostMs });
    const [row] = await query(
      Root,
      `SELECT (
        SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace AS of ON of.oid = relnamespace
        WHERE pg_class.oid = pg_partition_root(to_regclass(format('%I.%I', :schema, :name)))
      )`,
      { schema: relation.slice(0, at), name: relation.slice(at + 1) },
    );
    return row?.[0] ?? undefined;
  };
