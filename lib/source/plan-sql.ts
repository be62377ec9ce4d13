import type { Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes, blocksSql } from './answer-sql.ts';
import { headerCtes, headerSql } from './header.ts';
import { rangeSql, rowsSql } from './rows-sql.ts';

/** A slice of a run is this share of what an answer holds, so that answers of whole slices are well filled. */
const slicesPerAnswer = 16;

/** Bytes of a part in a plan, but for its keys: `[2400,"","",100000,49152,"43 characters"],`. */
const partBytes = 80;

/**
 * The largest row that is read, in bytes. A larger one takes part in nothing but an error: each answer that brings a block
 * of a row has the whole row made again, so that this bounds the work for one row to some 40 times its size.
 */
export const mostRowBytes = 32 * 1024 ** 2;

const utf8 = (text: string) => `convert_to(${text} || E'\\n', 'UTF8')`;
const base64url = (bytes: string) => `translate(encode(${bytes}, 'base64'), E'+/=\\n', '-_')`;

/**
 * The statement that finds out what has changed in all tables, at one moment. For each table it takes runs of rows, each
 * from one key up to the next run's, with the digests that they had, and makes the digests again, in the database: rows
 * that are as they were stay there. Of the others it tells where they are, in parts that fit into answers, and brings their
 * rows along if one answer holds those of all tables.
 *
 *     {"snapshot":"812:815:813","settled":["811"],"tables":[{"kind":"r","current":true,"columns":[["id","int8",true],…]},…]}
 *     {"digest":"…","kept":[[1,400],[2,400],[4,312]],"parts":[[3,"801","1200",400,61234,"…"]],…}   one line for each table
 *     true                                                                                        whether the rows follow
 *     rows…
 *
 * A row is hashed by itself, and a run's digest is the hash of its rows' hashes: to hash a run at once would have it in
 * memory whole, however long it is, and takes longer.
 *
 * Parameters: `known` (JSON: for each table the first key and the digest of each run, in order; the first run begins with
 * the table), `pending` (transaction ids, comma-separated), `skip` (blocks that were read already).
 */
export function planSql(tables: readonly Table[], limits: AnswerLimits): string {
  const room = answerBytes(limits);
  const each = (sql: (table: string) => string, separator: string) =>
    tables.map((_, nth) => sql(`t${nth}`)).join(separator);
  return `
WITH RECURSIVE given AS MATERIALIZED (
  SELECT CAST(:known AS jsonb) AS known, CAST(:pending AS text) AS pending
), ${headerCtes(tables)}, ${tables.map((table, nth) => `${changesSql(table, nth, room)}, `).join('')}factor AS MATERIALIZED (
  -- As many slices make a part as it takes for the parts of all tables to need half of an answer.
  SELECT greatest(1, ceil(sum(bytes) / ${Math.floor(room / 2)}))::bigint AS factor
  FROM (SELECT 0 AS bytes${each((t) => ` UNION ALL SELECT sum(bytes) FROM ${t}_changed`, '')}) AS listed
), ${tables.map((_, nth) => `${partsSql(nth)}, `).join('')}line AS MATERIALIZED (
  SELECT ${utf8(`CAST(${headerSql('pending')} AS text)`)}${each((t) => ` || ${t}_plan.line`, '')} AS lines
  FROM given${each((t) => `, ${t}_plan`, '')}
), answer AS MATERIALIZED (
  SELECT lines, octet_length(lines) + 6${each((t) => ` + (SELECT coalesce(sum(size), 0) FROM ${t}_part)`, '')} <= ${room} AS fits
  FROM line
), stream AS MATERIALIZED (
  SELECT lines || ${utf8(`CAST(fits AS text)`)}${tables.map((table, nth) => ` || ${bytesSql(table, nth)}`).join('')} AS bytes
  FROM answer
)${blocksSql(limits)}`;
}

/** `t0_slice`: all rows of a table, digested in slices; `t0_kept`: runs that are as they were; `t0_changed`: all other slices. */
function changesSql(table: Table, nth: number, room: number): string {
  const { type } = table.key.order;
  const t = `t${nth}`;
  const key = type === 'uuid' ? `CAST(key AS text) COLLATE "C"` : 'key'; // there is no min(uuid)
  return `${t}_known AS MATERIALIZED (
  SELECT nth, CAST(run->>0 AS ${type}) AS first, run->>1 AS digest
  FROM given, jsonb_array_elements(given.known->${nth}) WITH ORDINALITY AS listed(run, nth)
), ${t}_hashed AS (
  SELECT key, hash, size, lag(key) OVER in_order AS before, sum(size) OVER in_order AS so_far,
    greatest(1, width_bucket(CAST(key AS ${type}), ARRAY(SELECT first FROM ${t}_known ORDER BY nth))) AS run
  FROM (
    SELECT key, sha256(bytes) AS hash, octet_length(bytes) AS size FROM ${rowsSql(table)} AS row OFFSET 0
  ) AS sized
  WINDOW in_order AS (ORDER BY key ROWS UNBOUNDED PRECEDING)
), ${t}_slice AS MATERIALIZED (
  SELECT run, so_far / ${Math.ceil(room / slicesPerAnswer)} AS slice, min(${key}) AS first, max(${key}) AS last,
    string_agg(hash, ''::bytea ORDER BY key) AS hashes, count(*) AS rows, sum(size)::bigint AS size,
    min(${key}) FILTER (WHERE key = before) AS twice, bool_or(key IS NULL) AS keyless,
    min(${key}) FILTER (WHERE size > ${mostRowBytes}) AS large
  FROM ${t}_hashed GROUP BY 1, 2
), ${t}_fault AS MATERIALIZED (
  SELECT min(twice) AS twice, coalesce(bool_or(keyless), false) AS keyless, min(large) AS large FROM ${t}_slice
), ${t}_kept AS MATERIALIZED (
  SELECT run, rows FROM (
    SELECT run, ${base64url("sha256(string_agg(hashes, ''::bytea ORDER BY slice))")} AS digest, sum(rows)::bigint AS rows
    FROM ${t}_slice GROUP BY run
  ) AS found JOIN ${t}_known ON ${t}_known.nth = found.run AND ${t}_known.digest = found.digest
), ${t}_changed AS MATERIALIZED (
  SELECT *, ${partBytes} + octet_length(CAST(first AS text)) + octet_length(CAST(last AS text)) AS bytes
  FROM ${t}_slice
  WHERE run NOT IN (SELECT run FROM ${t}_kept)
    AND (SELECT twice IS NULL AND NOT keyless AND large IS NULL FROM ${t}_fault)
)`;
}

/** `t0_part`: what is to be read; `t0_plan`: the table's line of the plan. */
function partsSql(nth: number): string {
  const t = `t${nth}`;
  return `${t}_part AS MATERIALIZED (
  SELECT run, slice / factor AS part, min(first) AS first, max(last) AS last, sum(rows)::bigint AS rows,
    sum(size)::bigint AS size, ${base64url("sha256(string_agg(hashes, ''::bytea ORDER BY slice))")} AS digest
  FROM ${t}_changed, factor GROUP BY 1, 2
), ${t}_plan AS MATERIALIZED (
  SELECT ${utf8(`CAST(json_build_object(
    'digest', (SELECT ${base64url(`sha256(coalesce(string_agg(hashes, ''::bytea ORDER BY run, slice), ''))`)} FROM ${t}_slice),
    'kept', (SELECT coalesce(json_agg(json_build_array(run, rows) ORDER BY run), '[]') FROM ${t}_kept),
    'parts', (
      SELECT coalesce(json_agg(
        json_build_array(run, CAST(first AS text), CAST(last AS text), rows, size, digest) ORDER BY run, part), '[]')
      FROM ${t}_part
    ),
    'twice', CAST(twice AS text), 'keyless', keyless, 'large', CAST(large AS text)) AS text)`)} AS line
  FROM ${t}_fault
)`;
}

/** The rows of all parts of a table, where they fit. */
const bytesSql = (table: Table, nth: number) => `coalesce((
    SELECT string_agg(range.bytes, ''::bytea ORDER BY run, part)
    FROM t${nth}_part, LATERAL (${rangeSql(table, `t${nth}_part`)}) AS range
    WHERE fits
  ), '')`;
