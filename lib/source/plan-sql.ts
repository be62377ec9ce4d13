import type { Table } from '../tables/table.ts';
import { type AnswerLimits, answerBytes, blocksSql } from './answer-sql.ts';
import { headerCtes, headerSql } from './header.ts';
import { rangeSql, readMark, rowsCte } from './rows-sql.ts';

/** The size of a slice of a run as a share of a response, so that responses of whole slices are well filled. */
const slicesPerAnswer = 16;

/** The size of a part in a plan without its keys: `[2400,"","",100000,49152,"43 characters"],`. */
const partBytes = 80;

/**
 * The largest row that is read, in bytes; a Lambda response has at most 6 MB. For each response PostgreSQL builds the
 * whole row again, so a row of this size takes 22 responses of about 0.1 s.
 */
export const mostRowBytes = 16 * 1024 ** 2;

/** The Data API's limit for a statement's SQL. */
export const mostSqlCharacters = 65_536;

const utf8 = (text: string) => `convert_to(${text} || E'\\n', 'UTF8')`;
const base64url = (bytes: string) => `translate(encode(${bytes}, 'base64'), E'+/=\\n', '-_')`;

/**
 * The statement that finds the changes in all tables, at one moment. Its input has for each table the runs of rows
 * (each from one key up to the next run's) with their last digests. The database computes the digests again, so that
 * unchanged rows stay there. For changed runs it returns their place, in parts that fit into responses, and also
 * their rows if one response holds those of all tables. The lines of the result:
 *
 *     {"snapshot":"812:815:813","settled":["811"],"tables":[{"kind":"r","current":true,"columns":[["id","int8",true],…]},…]}
 *     {"digest":"…","kept":[[1,400],[2,400],[4,312]],"parts":[[3,"801","1200",400,61234,"…"]],…}   one line for each table
 *     true                                                                                        whether the rows follow
 *     rows…
 *
 * Each row is hashed by itself, and a run's digest is the hash of its rows' hashes: hashing a run directly would hold
 * all of it in memory, and take longer.
 *
 * Parameters: `known` (JSON: for each table the first key and digest of each run, in order; the first run begins with
 * the table), `pending` (transaction ids, comma-separated), `skip` (the number of blocks that were read already).
 */
export function planSql(tables: readonly Table[], limits: AnswerLimits): string {
  const room = answerBytes(limits);
  return `${readMark}
WITH RECURSIVE given AS MATERIALIZED (
  SELECT CAST(:known AS jsonb) AS known, CAST(:pending AS text) AS pending
), ${headerCtes(tables)}, known AS MATERIALIZED (
  SELECT tables.nth - 1 AS nth, runs.nth AS run, run->>0 AS first, run->>1 AS digest
  FROM given, jsonb_array_elements(known) WITH ORDINALITY AS tables(list, nth),
    jsonb_array_elements(list) WITH ORDINALITY AS runs(run, nth)
), ${tables.map((table, nth) => `${rowsCte(`t${nth}`, table)}, `).join('')}slice AS MATERIALIZED (
  SELECT -1 AS nth, 0 AS run, 0::bigint AS slice, '' AS first, '' AS last, ''::bytea AS hashes, 0::bigint AS rows,
    0::bigint AS size, '' AS twice, false AS keyless, '' AS large WHERE false${tables
      .map((table, nth) => ` UNION ALL ${slicesSql(table, nth, room)}`)
      .join('')}
), fault AS MATERIALIZED (
  SELECT nth, min(twice) AS twice, bool_or(keyless) AS keyless, min(large) AS large FROM slice GROUP BY nth
), kept AS MATERIALIZED (
  SELECT nth, run, rows FROM (
    SELECT nth, run, ${base64url("sha256(string_agg(hashes, ''::bytea ORDER BY slice))")} AS digest, sum(rows)::bigint AS rows
    FROM slice GROUP BY nth, run
  ) AS found JOIN known USING (nth, run, digest)
), changed AS MATERIALIZED (
  SELECT * FROM slice WHERE (nth, run) NOT IN (SELECT nth, run FROM kept)
    AND nth NOT IN (SELECT nth FROM fault WHERE twice IS NOT NULL OR keyless OR large IS NOT NULL)
), factor AS MATERIALIZED (
  -- As many slices make a part as it takes for the parts of all tables to need half of an answer.
  SELECT greatest(1, ceil(sum(${partBytes} + octet_length(CAST(json_build_array(first, last) AS text))) / ${room / 2}))::bigint
    AS factor
  FROM changed
), part AS MATERIALIZED (
  SELECT nth, run, slice / factor AS part, (array_agg(first ORDER BY slice))[1] AS first,
    (array_agg(last ORDER BY slice DESC))[1] AS last, sum(rows)::bigint AS rows, sum(size)::bigint AS size,
    ${base64url("sha256(string_agg(hashes, ''::bytea ORDER BY slice))")} AS digest
  FROM changed, factor GROUP BY 1, 2, 3
), line AS MATERIALIZED (
  SELECT ${utf8(`CAST(${headerSql('pending')} AS text)`)} || coalesce((
    SELECT string_agg(${utf8(`CAST(${tablePlanSql} AS text)`)}, ''::bytea ORDER BY listed.nth)
    FROM listed LEFT JOIN fault USING (nth) WHERE served
  ), '') AS lines
  FROM given
), answer AS MATERIALIZED (
  SELECT lines, octet_length(lines) + 6 + (SELECT coalesce(sum(size), 0) FROM part) <= ${room} AS fits FROM line
), stream AS MATERIALIZED (
  SELECT lines || ${utf8('CAST(fits AS text)')}${tables.map((table, nth) => ` || ${bytesSql(table, nth)}`).join('')} AS bytes
  FROM answer
)${blocksSql(limits)}`;
}

/** Groups of tables whose plans share one statement: all tables, unless their SQL is too long for one. */
export function planGroups(tables: readonly Table[], limits: AnswerLimits): (readonly Table[])[] {
  if (tables.length < 2 || planSql(tables, limits).length <= mostSqlCharacters) return [tables];
  const half = Math.ceil(tables.length / 2);
  return [tables.slice(0, half), tables.slice(half)].flatMap((some) => planGroups(some, limits));
}

/** All rows of a table, hashed in key order, with a digest for each slice. */
function slicesSql({ key: { order } }: Table, nth: number, room: number): string {
  const key = order.type === 'uuid' ? 'CAST(key AS text) COLLATE "C"' : 'key'; // PostgreSQL has no min(uuid)
  const text = (aggregate: string, filter = '') => `CAST(${aggregate}(${key})${filter} AS text)`;
  // OFFSET 0 makes PostgreSQL build and hash a row once, before the sort.
  return `SELECT ${nth}, run, so_far / ${Math.ceil(room / slicesPerAnswer)}, ${text('min')}, ${text('max')},
    string_agg(hash, ''::bytea ORDER BY key), count(*), sum(size)::bigint,
    ${text('min', ' FILTER (WHERE key = before)')}, bool_or(key IS NULL),
    ${text('min', ` FILTER (WHERE size > ${mostRowBytes})`)}
  FROM (
    SELECT key, hash, size, lag(key) OVER in_order AS before, sum(size) OVER in_order AS so_far,
      greatest(1, width_bucket(CAST(key AS ${order.type}),
        ARRAY(SELECT CAST(first AS ${order.type}) FROM known WHERE nth = ${nth} ORDER BY run))) AS run
    FROM (
      SELECT key, sha256(bytes) AS hash, octet_length(bytes) AS size
      FROM (SELECT key, bytes FROM t${nth} OFFSET 0) AS row OFFSET 0
    ) AS sized
    WINDOW in_order AS (ORDER BY key ROWS UNBOUNDED PRECEDING)
  ) AS hashed
  GROUP BY 2, 3`;
}

/** The plan of table `listed.nth`. */
const tablePlanSql = `json_build_object(
      'digest', (
        SELECT ${base64url("sha256(coalesce(string_agg(hashes, ''::bytea ORDER BY run, slice), ''))")}
        FROM slice WHERE slice.nth = listed.nth),
      'kept', (
        SELECT coalesce(json_agg(json_build_array(run, rows) ORDER BY run), '[]') FROM kept WHERE kept.nth = listed.nth),
      'parts', (
        SELECT coalesce(json_agg(json_build_array(run, first, last, rows, size, digest) ORDER BY run, part), '[]')
        FROM part WHERE part.nth = listed.nth),
      'twice', twice, 'keyless', coalesce(keyless, false), 'large', large)`;

/** The rows of all parts of a table, if they fit. */
const bytesSql = (table: Table, nth: number) => `coalesce((
    SELECT string_agg(range.bytes, ''::bytea ORDER BY run, part)
    FROM part, LATERAL (${rangeSql(`t${nth}`, table, 'part')}) AS range WHERE part.nth = ${nth} AND fits
  ), '')`;
