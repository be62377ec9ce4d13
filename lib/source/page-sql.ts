import { relationSql, type Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes, blocksSql } from './answer-sql.ts';
import { headerSql } from './header.ts';

/** A part of a run is this share of what an answer holds, so that answers of whole parts are well filled. */
const partsPerAnswer = 16;

/** A row as bytes, in the form that `row-bytes.ts` takes apart. */
const rowSql = ({ columns }: Table) => `record_send(ROW(${columns.map(({ select }) => select).join(', ')}))`;

/** The bytes of all rows from the `first` key of a query's row to its `last`, in the order of the keys. */
const rangeSql = (table: Table, relation: string, keys: string) => `
  SELECT string_agg(bytes, ''::bytea ORDER BY key) AS bytes
  FROM (
    SELECT ${table.key.order.by} AS key, ${rowSql(table)} AS bytes FROM ${relationSql(relation)} AS record
    WHERE ${table.key.order.by} >= ${keys}.first AND ${table.key.order.by} <= ${keys}.last
  ) AS row`;

const utf8 = (text: string) => `convert_to(${text} || E'\\n', 'UTF8')`;
const base64url = (bytes: string) => `translate(encode(${bytes}, 'base64'), E'+/=\\n', '-_')`;

/**
 * The statement that finds out what has changed. It takes runs of rows, each from one key up to the next run's, with the
 * digests that they had, and makes the digests again, in the database: rows that are as they were stay there. Of the
 * others it tells where they are, in parts that fit into answers, and brings their rows along if one answer holds them.
 *
 *     {"snapshot":"812:815:813","settled":["811"],"current":true,"columns":[["id","bigint",true],…]}
 *     {"digest":"…","kept":[[1,400],[2,400],[4,312]],"parts":[[3,"801","1200",400,61234,"…"]],"withRows":true}
 *     rows…
 *
 * A row is hashed by itself, and a run's digest is the hash of its rows' hashes: to hash a run at once would have it in
 * memory whole, however long it is, and takes longer.
 *
 * Parameters: `known` (JSON: the first key and the digest of each run, in order; the first run begins with the table),
 * `pending` (transaction ids, comma-separated), `skip` (blocks that were read already).
 */
export function planSql(table: Table, relation: string, limits: AnswerLimits): string {
  const { by, type } = table.key.order;
  const room = answerBytes(limits);
  return `
WITH header AS MATERIALIZED (
  SELECT ${utf8(headerSql(relation, { about: 'the table' }))} AS line
), known AS MATERIALIZED (
  SELECT nth, CAST(run->>0 AS ${type}) AS first, run->>1 AS digest
  FROM json_array_elements(CAST(:known AS json)) WITH ORDINALITY AS listed(run, nth)
), hashed AS (
  SELECT key, hash, size, sum(size) OVER (ORDER BY key ROWS UNBOUNDED PRECEDING) AS so_far,
    greatest(1, width_bucket(CAST(key AS ${type}), ARRAY(SELECT first FROM known ORDER BY nth))) AS run
  FROM (
    -- OFFSET 0: a row is made and hashed once, before anything is sorted.
    SELECT key, sha256(bytes) AS hash, octet_length(bytes) AS size
    FROM (SELECT ${by} AS key, ${rowSql(table)} AS bytes FROM ${relationSql(relation)} AS record OFFSET 0) AS row
    OFFSET 0
  ) AS sized
), part AS MATERIALIZED (
  SELECT run, so_far / ${Math.ceil(room / partsPerAnswer)} AS part, array_agg(key ORDER BY key) AS keys,
    string_agg(hash, ''::bytea ORDER BY key) AS hashes, count(*) AS rows, sum(size)::bigint AS size
  FROM hashed GROUP BY 1, 2
), kept AS MATERIALIZED (
  SELECT run, rows FROM (
    SELECT run, ${base64url("sha256(string_agg(hashes, ''::bytea ORDER BY part))")} AS digest, sum(rows)::bigint AS rows
    FROM part GROUP BY run
  ) AS found JOIN known ON known.nth = found.run AND known.digest = found.digest
), changed AS MATERIALIZED (
  SELECT run, part, keys[1] AS first, keys[rows] AS last, rows, size, ${base64url('sha256(hashes)')} AS digest
  FROM part WHERE run NOT IN (SELECT run FROM kept)
), plan AS MATERIALIZED (
  SELECT json_build_object(
    'digest', (SELECT ${base64url("sha256(coalesce(string_agg(hashes, ''::bytea ORDER BY run, part), ''))")} FROM part),
    'kept', (SELECT coalesce(json_agg(json_build_array(run, rows) ORDER BY run), '[]') FROM kept),
    'parts', (
      SELECT coalesce(json_agg(json_build_array(run, first::text, last::text, rows, size, digest) ORDER BY run, part), '[]')
      FROM changed
    ),
    'withRows', fits)::text AS line, fits
  FROM header, LATERAL (
    SELECT coalesce(sum(size + octet_length(first::text) + octet_length(last::text) + 110), 0) AS size FROM changed
  ) AS measured, LATERAL (
    SELECT size + octet_length(header.line) + 30 * (SELECT count(*) FROM kept) + 200 <= ${room} AS fits
  ) AS judged
), stream AS MATERIALIZED (
  SELECT header.line || ${utf8('plan.line')} || coalesce((
    SELECT string_agg(range.bytes, ''::bytea ORDER BY run, part)
    FROM changed, LATERAL (${rangeSql(table, relation, 'changed')}) AS range
    WHERE fits
  ), '') AS bytes
  FROM header, plan
)${blocksSql(limits)}`;
}

/**
 * The statement that reads the rows of some ranges of keys.
 *
 * Parameters: `ranges` (JSON: the first and the last key of each, in order), `skip`.
 */
export function pageSql(table: Table, relation: string, limits: AnswerLimits): string {
  const { type } = table.key.order;
  return `
WITH asked AS (
  SELECT nth, CAST(keys->>0 AS ${type}) AS first, CAST(keys->>1 AS ${type}) AS last
  FROM json_array_elements(CAST(:ranges AS json)) WITH ORDINALITY AS listed(keys, nth)
), stream AS MATERIALIZED (
  SELECT coalesce(string_agg(range.bytes, ''::bytea ORDER BY nth), '') AS bytes
  FROM asked, LATERAL (${rangeSql(table, relation, 'asked')}) AS range
)${blocksSql(limits)}`;
}
