import type { Table } from '../tables/table.ts';
import { type AnswerLimits, blocksSql } from './answer-sql.ts';
import { rangeSql, readMark, rowsCte } from './rows-sql.ts';

/**
 * The statement that reads the rows of some key ranges. Parameters: `ranges` (JSON: the first and last key of each,
 * in order), `skip`.
 */
export const pageSql = (table: Table, limits: AnswerLimits): string => `${readMark}
WITH ${rowsCte('served', table)}, asked AS (
  SELECT nth, keys->>0 AS first, keys->>1 AS last
  FROM json_array_elements(CAST(:ranges AS json)) WITH ORDINALITY AS listed(keys, nth)
), stream AS MATERIALIZED (
  SELECT coalesce(string_agg(range.bytes, ''::bytea ORDER BY nth), '') AS bytes
  FROM asked, LATERAL (${rangeSql('served', table, 'asked')}) AS range
)${blocksSql(limits)}`;

/**
 * The statement that reads one row which exceeds a response. It does not sort, because a sort would spill the row to
 * disk. Parameters: `key`, `skip`.
 */
export const largeRowSql = (table: Table, limits: AnswerLimits): string => `${readMark}
WITH ${rowsCte('served', table)}, stream AS (
  SELECT bytes FROM served WHERE key = CAST(CAST(:key AS text) AS ${table.key.order.type}) OFFSET 0
)${blocksSql(limits)}`;
