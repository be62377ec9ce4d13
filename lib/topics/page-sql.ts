import { headerSql } from './header.ts';
import { relationSql, type Table } from './table.ts';

/** The room in one answer of the Data API, as the reader plans with it. */
export interface PageLimits {
  /** Encoded bytes of all text in one answer. */
  pageBytes: number;
  /** Characters of one block, which is a row of an answer; four bytes each at the most. */
  blockCharacters: number;
}

/** Around each block, `[{"stringValue":"…"}],`, and around all of them, `{"numberOfRecordsUpdated":0,"records":[…]}`. */
const envelopeBytes = { block: 24, answer: 200 };

/** Limits for a service that answers at most `responseBytes` (1 MiB) with rows of at most 64 KB. */
export function pageLimits(responseBytes: number): PageLimits {
  const answerBytes = responseBytes - envelopeBytes.answer;
  const blockCharacters = Math.min(16_000, Math.floor(answerBytes / 5));
  const mostBlocks = 2 + Math.ceil(answerBytes / pieceCharacters(blockCharacters));
  return { pageBytes: answerBytes - envelopeBytes.block * mostBlocks, blockCharacters };
}

/** Long lines are halved until they are pieces of this size. A block ends with the piece that fills half of it. */
const pieceCharacters = (blockCharacters: number) => Math.floor(blockCharacters / 2);

/** The first rows of a page are measured in a batch of this size. */
const firstRows = 16;
/** How many times the size of a batch the next one may have. */
const growth = 16;

/** The bytes of a text on the wire, between its quotes: any JSON escapes the same characters. */
const encodedBytes = (text: string) => `(octet_length(to_json(${text})::text) - 2)`;

/**
 * The statement that reads one page of a table as lines of text, and cuts the text into blocks, one to a row:
 *
 *     {"snapshot":"812:815:813","settled":["811"],"current":true,"columns":[["id","bigint",true],…]}
 *     ["1","タイトル","comment","2024-01-01T00:03:25.553977"]
 *     …
 *     more | end
 *
 * Neither an answer nor a row of it can pass the limits, whatever the table holds: rows are taken while the sum of their
 * encoded sizes fits, at least one, and a single row too large for one answer comes in several (`skip`). Few blocks
 * instead of many rows also spare the reader an object for every field.
 *
 * Rows are measured in batches until the page is full. Each batch has as many rows as the sizes of the last one
 * promise to fill what is left, so that neither a page stays half empty nor much is measured in vain.
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
  const line = `json_build_array(${table.columns.map((column) => column.select).join(', ')})::text`;
  const perPiece = pieceCharacters(blockCharacters);
  const rows = (after: string | undefined, limit: number | string) => `
    SELECT array_agg(key) AS keys, array_agg(line) AS lines, array_agg(bytes) AS sizes,
      (array_agg(key ORDER BY key DESC))[1] AS last, count(*) AS rows, sum(bytes)::bigint AS bytes
    FROM (
      SELECT key, line, ${encodedBytes('line')} + 2 AS bytes -- its line break is two
      FROM (
        SELECT ${by} AS key, ${line} AS line FROM ${relationSql(relation)} AS record
        ${after === undefined ? '' : `WHERE ${by} > ${after}`} ORDER BY ${by} LIMIT ${limit}
      ) AS rendered
    ) AS measured`;
  return `
WITH RECURSIVE header AS MATERIALIZED (
  SELECT ${headerSql(relation, { about: first ? 'the table' : 'the moment' })} AS line
), room AS MATERIALIZED (
  SELECT ${pageBytes} - ${encodedBytes('line')} - ${'\\nmore\\n'.length} AS bytes FROM header
), batch AS (
  SELECT room.bytes::bigint AS room, batch.*
  FROM room, LATERAL (${rows(first ? undefined : `CAST(:after AS ${type})`, firstRows)}) AS batch
  UNION ALL
  SELECT batch.room - batch.bytes, next.*
  FROM batch, LATERAL (${rows(
    'batch.last',
    `least(${growth} * batch.rows, ${firstRows} + ceil(1.02 * (batch.room - batch.bytes) * batch.rows / batch.bytes))::bigint`,
  )}) AS next
  WHERE batch.bytes <= batch.room
), page AS MATERIALIZED (
  SELECT key, line, nth
  FROM (
    SELECT key, line, row_number() OVER so_far AS nth, sum(size) OVER so_far AS bytes
    FROM batch, unnest(keys, lines, sizes) AS record(key, line, size)
    WINDOW so_far AS (ORDER BY key ROWS UNBOUNDED PRECEDING)
  ) AS measured
  WHERE bytes <= (SELECT bytes FROM room) OR nth = 1
), lines AS (
  SELECT 0 AS nth, line FROM header
  UNION ALL SELECT nth, line FROM page
  -- What was measured and is not in the page is left for the next one; measuring ends with the table, or beyond the page.
  UNION ALL SELECT 9223372036854775807, CASE WHEN (SELECT count(*) FROM page) < (SELECT sum(rows) FROM batch) THEN 'more' ELSE 'end' END
), halves AS (
  SELECT nth, 0 AS at, line || E'\\n' AS piece FROM lines
  UNION ALL
  SELECT nth, halves.at + half.at, half.piece
  FROM halves, LATERAL (VALUES
    (0, left(piece, length(piece) / 2)),
    (length(piece) / 2, substr(piece, length(piece) / 2 + 1))
  ) AS half(at, piece)
  WHERE length(halves.piece) > ${perPiece}
), pieces AS (
  SELECT (sum(length(piece)) OVER (ORDER BY nth, at) - 1) / ${perPiece} AS block, nth, at, piece
  FROM halves WHERE length(piece) <= ${perPiece}
), blocks AS (
  SELECT block, string_agg(piece, '' ORDER BY nth, at) AS text
  FROM pieces
  WHERE block >= CAST(:skip AS bigint)
  GROUP BY block
), answer AS (
  SELECT block, text, sum(${encodedBytes('text')}) OVER (ORDER BY block) AS bytes FROM blocks
)
SELECT text FROM answer WHERE bytes <= ${pageBytes} OR block = CAST(:skip AS bigint) ORDER BY block`;
}
