import { quoteIdentifier, type Table } from './table.ts';

/** The room in one answer of the Data API, as the reader plans with it. */
export interface PageLimits {
  /** Encoded bytes of all text in one answer. */
  pageBytes: number;
  /** Characters of one row of an answer; four bytes each at the most. */
  blockCharacters: number;
}

/**
 * Limits for a service that answers at most `responseBytes` (1 MiB) with rows of at most 64 KB.
 * What is kept free is for the envelope of each block and for the header's list of running transactions.
 */
export function pageLimits(responseBytes: number): PageLimits {
  const pageBytes = Math.floor(responseBytes * 0.985);
  return { pageBytes, blockCharacters: Math.min(16_000, Math.floor(pageBytes / 5)) };
}

/**
 * The statement that reads one page of a table as lines of text, and cuts the text into blocks, one to a row:
 *
 *     {"snapshot":"812:815:813","settled":["811"],"columns":[["id","bigint",true],…]}
 *     ["1","タイトル","comment","2024-01-01T00:03:25.553977"]
 *     …
 *     more | end
 *
 * Neither an answer nor a row of it can pass the limits, whatever the table holds: rows are taken while the sum of their
 * encoded sizes fits, at least one, and a single row too large for one answer comes in several (`skip`). Few blocks
 * instead of many rows also spare the reader an object for every field.
 *
 * Only so many rows are measured as a sample of a hundred says that a page holds, and half as many again: too low an
 * estimate costs a call, never a row.
 *
 * Parameters: `after` (the last key read, unless `first`), `pending` (transaction ids, comma-separated),
 * `skip` (blocks of this page that were read already).
 */
export function pageSql(
  table: Table,
  relation: string,
  { first, pageBytes, blockCharacters }: PageLimits & { first: boolean },
): string {
  const { by, type } = table.key.order;
  const rows = `FROM ${relationSql(relation)} ${first ? '' : `WHERE ${by} > CAST(:after AS ${type})`} ORDER BY ${by}`;
  const line = `json_build_array(${table.columns.map((column) => column.select).join(', ')})::text`;
  const encodedBytes = 'octet_length(to_json(line)::text)';
  const pieceCharacters = Math.floor(blockCharacters / 2); // a block of pieces ends with the one that fills half of it
  const surelyFitting = Math.max(1, Math.floor(pageBytes / (blockCharacters * 4)));
  return `
WITH header AS MATERIALIZED (
  SELECT ${headerSql(relation, { columns: first })}::text AS line
), room AS MATERIALIZED (
  SELECT ${pageBytes} - ${encodedBytes} AS bytes FROM header
), sample AS (
  SELECT ${line} AS line ${rows} LIMIT 100
), measured AS (
  SELECT key, line, row_number() OVER so_far AS nth, sum(${encodedBytes}) OVER so_far AS bytes
  FROM (
    SELECT ${by} AS key, ${line} AS line ${rows}
    LIMIT (SELECT 100 + ceil(1.5 * ${pageBytes} / avg(${encodedBytes}))::bigint FROM sample)
  ) AS candidate
  WINDOW so_far AS (ORDER BY key ROWS UNBOUNDED PRECEDING)
), page AS MATERIALIZED (
  SELECT key, line, nth, bytes FROM measured WHERE bytes <= (SELECT bytes FROM room) OR nth = 1
), lines AS (
  SELECT 0 AS nth, line FROM header
  UNION ALL SELECT nth, line FROM page
  UNION ALL SELECT 9223372036854775807, CASE WHEN EXISTS (
      SELECT FROM ${relationSql(relation)} WHERE ${by} > (SELECT key FROM page ORDER BY nth DESC LIMIT 1)
    ) THEN 'more' ELSE 'end' END
), pieces AS (
  SELECT nth, n, substr(line || E'\\n', 1 + n * ${pieceCharacters}, ${pieceCharacters}) AS piece
  FROM lines, generate_series(0, length(line) / ${pieceCharacters}) AS n
), blocks AS (
  SELECT (sum(length(piece)) OVER (ORDER BY nth, n) - 1) / ${pieceCharacters} AS block, nth, n, piece FROM pieces
)
SELECT string_agg(piece, '' ORDER BY nth, n)
FROM blocks
GROUP BY block
ORDER BY block
LIMIT CASE WHEN (SELECT max(bytes) FROM page) > (SELECT bytes FROM room) THEN ${surelyFitting} END
OFFSET CAST(:skip AS bigint)`;
}

/**
 * One JSON object: the moment that the statement reads, which of the `pending` transactions are part of it,
 * and the table's columns as the catalogue has them.
 */
export function headerSql(relation: string, { columns }: { columns: boolean }): string {
  const settled = `
    SELECT json_agg(xid) FROM unnest(string_to_array(nullif(CAST(:pending AS text), ''), ',')) AS xid
    WHERE pg_visible_in_snapshot(xid::xid8, pg_current_snapshot())`;
  const catalogue = `
    SELECT json_agg(json_build_array(attname, format_type(atttypid, NULL), attnotnull) ORDER BY attnum)
    FROM pg_attribute
    WHERE attrelid = to_regclass('${relationSql(relation).replaceAll("'", "''")}') AND attnum > 0 AND NOT attisdropped`;
  const members = [`'snapshot', pg_current_snapshot()::text`, `'settled', coalesce((${settled}), '[]')`];
  if (columns) members.push(`'columns', (${catalogue})`);
  return `json_build_object(${members.join(', ')})`;
}

/** `schema.table`, quoted. */
const relationSql = (relation: string) => relation.split('.').map(quoteIdentifier).join('.');
