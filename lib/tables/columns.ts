/**
 * One function for each kind of column. docs/values.md lists the JSON forms, for each value of the table's `json`.
 * Usage: `import * as column from '../lib/tables/columns.ts'`.
 */
import { columnKind } from './column.ts';
import { compactJson, type JsonText, jsonText } from './json-text.ts';
import { durationText, pythonFloat, pythonNumber } from './python-text.ts';

export { array } from './array-column.ts';
export { multirange, range } from './range-column.ts';
export { date, localTimestamptz, time, timestamp, timestamptz } from './time-columns.ts';

/** Django: AutoField, BigAutoField, (Positive)(Small|Big)IntegerField, a ForeignKey to one of them. A JSON number. */
export const integer = /* @__PURE__ */ columnKind({
  kind: 'integer',
  types: ['smallint', 'integer', 'bigint'],
  expected: { pattern: /^-?\d+$/, called: 'an integer' },
  form: exactNumber,
});

/**
 * Django: DecimalField. A JSON number with all its digits; a float or an integer with `json: 'fastapi'`, a string with
 * `'drf'`. `"NaN"`, `"Infinity"` and `"-Infinity"` are strings.
 */
export const numeric = /* @__PURE__ */ columnKind({
  kind: 'numeric',
  types: ['numeric'],
  expected: { pattern: /^(-?\d+(\.\d+)?|NaN|-?Infinity)$/, called: 'a numeric' },
  form(text, { json }) {
    if (json === 'drf' || !/\d/.test(text)) return text;
    return json === 'fastapi' ? jsonText(pythonNumber(text)) : exactNumber(text);
  },
});

/**
 * Django: FloatField. A JSON number; `"NaN"`, `"Infinity"` and `"-Infinity"` as strings. Read bit by bit, because the
 * digits of a float's text depend on a setting (`extra_float_digits`).
 */
export const float = /* @__PURE__ */ columnKind({
  kind: 'float',
  types: ['double precision'],
  select: (quoted) => `encode(float8send(${quoted}), 'hex')`,
  expected: { pattern: /^[0-9a-f]{16}$/, called: 'a float' },
  form: (hex, { json }) => jsonFloat(Buffer.from(hex, 'hex').readDoubleBE(), json),
});

/** A `real`, which no Django field uses: the fewest digits that identify it. */
export const real = /* @__PURE__ */ columnKind({
  kind: 'real',
  types: ['real'],
  select: (quoted) => `encode(float4send(${quoted}), 'hex')`,
  expected: { pattern: /^[0-9a-f]{8}$/, called: 'a real' },
  form: (hex, { json }) => jsonFloat(shortestReal(Buffer.from(hex, 'hex').readFloatBE()), json),
});

/** Django: BooleanField, NullBooleanField. */
export const boolean = /* @__PURE__ */ columnKind({
  kind: 'boolean',
  types: ['boolean'],
  expected: { pattern: /^(true|false)$/, called: 'a boolean' },
  form: (text) => text === 'true',
});

/**
 * Django: CharField, TextField, EmailField, SlugField, URLField, FileField, FilePathField, CITextField. A
 * `character(n)` loses its padding blanks, which PostgreSQL ignores.
 */
export const text = /* @__PURE__ */ columnKind({
  kind: 'text',
  types: ['character varying', 'text', 'character', 'citext'],
  expected: { pattern: /^/, called: 'text' },
  form: (value) => value,
});

/** Django: UUIDField. */
export const uuid = /* @__PURE__ */ columnKind({
  kind: 'uuid',
  types: ['uuid'],
  expected: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, called: 'a uuid' },
  form: (value) => value,
});

/** Django: GenericIPAddressField. Uses the type's output function: a host has no `/32`. */
export const inet = /* @__PURE__ */ columnKind({
  kind: 'inet',
  types: ['inet'],
  select: (quoted) => `to_json(${quoted}) #>> '{}'`,
  expected: { pattern: /^[0-9a-f.:/]+$/, called: 'an IP address' },
  form: (value) => value,
});

/**
 * Django: DurationField. Seconds as a JSON number (a year counts 365 days and a month 30, like in psycopg2); `[days
 * ]HH:MM:SS[.ffffff]` with `json: 'drf'`.
 */
export const duration = /* @__PURE__ */ columnKind({
  kind: 'duration',
  types: ['interval'],
  select: (quoted) =>
    `CASE WHEN isfinite(${quoted}) THEN trim_scale(${[
      `extract(year FROM ${quoted})::numeric * 31536000`,
      `extract(month FROM ${quoted})::numeric * 2592000`,
      `extract(day FROM ${quoted})::numeric * 86400`,
      `extract(hour FROM ${quoted})::numeric * 3600`,
      `extract(minute FROM ${quoted})::numeric * 60`,
      `extract(second FROM ${quoted})::numeric`,
    ].join(' + ')})::text ELSE ${quoted}::text END`,
  expected: { pattern: /^(-?\d+(\.\d+)?|-?infinity)$/, called: 'a number of seconds' },
  form(value, { json }) {
    if (!/\d/.test(value)) return value;
    if (json === 'drf') return durationText(value);
    return json === 'fastapi' ? jsonText(pythonFloat(Number(value))) : exactNumber(value);
  },
});

/** Django: JSONField. Numbers and key order as PostgreSQL stores them. */
export const jsonb = /* @__PURE__ */ columnKind({
  kind: 'jsonb',
  types: ['jsonb', 'json'],
  expected: { pattern: /^/, called: 'JSON' },
  form: (value, { json }) => jsonText(compactJson(value, json === 'exact' ? undefined : pythonNumber)),
});

/** Django: HStoreField. An object of strings and nulls. Uses the extension's cast, in whatever schema it is. */
export const hstore = /* @__PURE__ */ columnKind({
  kind: 'hstore',
  types: ['hstore'],
  select: (quoted) => `CAST(${quoted} AS json)::text`,
  expected: { pattern: /^\{/, called: 'an hstore' },
  form: (value) => jsonText(compactJson(value)),
});

/** Django: BinaryField. Base64 (RFC 4648, padded, one line); `""` for no bytes. */
export const bytea = /* @__PURE__ */ columnKind({
  kind: 'bytea',
  types: ['bytea'],
  select: (quoted) => `translate(encode(${quoted}, 'base64'), E'\\n', '')`,
  expected: { pattern: /^[A-Za-z0-9+/]*={0,2}$/, called: 'base64' },
  form: (value) => value,
});

/**
 * Any type without a function of its own, if no setting changes its text (enums, network types, bit strings): a
 * string, as PostgreSQL writes it.
 */
export const other = /* @__PURE__ */ columnKind({
  kind: 'other',
  types: [],
  expected: { pattern: /^/, called: 'text' },
  form: (value) => value,
});

/** The number itself if JavaScript writes it with the same digits, else its text. */
function exactNumber(text: string): number | JsonText {
  const number = Number(text);
  return String(number) === text ? number : jsonText(text);
}

function jsonFloat(number: number, json: 'exact' | 'fastapi' | 'drf'): number | string | JsonText {
  if (!Number.isFinite(number)) return String(number);
  if (json !== 'exact') return jsonText(pythonFloat(number));
  return Object.is(number, -0) ? jsonText('-0.0') : number;
}

/**
 * @param number a value of 32 bits.
 * @returns the double with the fewest digits that rounds to it.
 */
function shortestReal(number: number): number {
  if (number === 0) return number; // toPrecision drops the sign of -0
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(number.toPrecision(digits));
    if (Object.is(Math.fround(shorter), number)) return shorter;
  }
  return Number(number.toPrecision(9));
}
