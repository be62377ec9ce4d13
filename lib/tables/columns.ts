/**
 * One function for each kind of column. The JSON forms are those that FastAPI gives to Django's `.values()`, but that a
 * float is written as JavaScript does (1 and 0.00001 where Python has 1.0 and 1e-05): the same number in JSON. Digits are
 * PostgreSQL's own, never rounded. Use: `import * as column from './columns.ts'`.
 */
import { arraySql, nestedJson, parseArray } from './array-text.ts';
import { type ColumnDefinition, ColumnError, type ColumnOptions, columnKind } from './column.ts';
import { compactJson, encodeJson, type Json, type JsonText, jsonText } from './json-text.ts';

/** Django: AutoField, BigAutoField, (Positive)(Small|Big)IntegerField, a ForeignKey to one of them. A JSON number. */
export const integer = columnKind({
  kind: 'integer',
  types: ['smallint', 'integer', 'bigint'],
  expected: { pattern: /^-?\d+$/, called: 'an integer' },
  form: exactNumber,
});

/** Django: DecimalField. A JSON number with all its digits; `"NaN"`, `"Infinity"` and `"-Infinity"` as strings. */
export const numeric = columnKind({
  kind: 'numeric',
  types: ['numeric'],
  expected: { pattern: /^(-?\d+(\.\d+)?|NaN|-?Infinity)$/, called: 'a numeric' },
  form: (text) => (/\d/.test(text) ? exactNumber(text) : text),
});

/**
 * Django: FloatField. A JSON number; `"NaN"`, `"Infinity"` and `"-Infinity"` as strings.
 * Read bit by bit: how many digits a float's text has is a setting of the database (`extra_float_digits`).
 */
export const float = columnKind({
  kind: 'float',
  types: ['double precision'],
  select: (column) => `encode(float8send(${column}), 'hex')`,
  expected: { pattern: /^[0-9a-f]{16}$/, called: 'a float' },
  form: (hex) => jsonFloat(Buffer.from(hex, 'hex').readDoubleBE()),
});

/** A `real`, which Django has no field for, with as many digits as the database's settings give it. */
export const real = columnKind({
  kind: 'real',
  types: ['real'],
  expected: { pattern: /^(-?\d+(\.\d+)?(e[+-]\d+)?|NaN|-?Infinity)$/, called: 'a real' },
  form: (text) => jsonFloat(Number(text)),
});

/** Django: BooleanField, NullBooleanField. */
export const boolean = columnKind({
  kind: 'boolean',
  types: ['boolean'],
  expected: { pattern: /^(true|false)$/, called: 'a boolean' },
  form: (text) => text === 'true',
});

/**
 * Django: CharField, TextField, EmailField, SlugField, URLField, FileField, FilePathField.
 * A `character(n)` comes without the blanks that pad it, which mean nothing in PostgreSQL.
 */
export const text = columnKind({
  kind: 'text',
  types: ['character varying', 'text', 'character', 'citext'],
  expected: { pattern: /^/, called: 'text' },
  form: (value) => value,
});

/** Django: UUIDField. */
export const uuid = columnKind({
  kind: 'uuid',
  types: ['uuid'],
  expected: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, called: 'a uuid' },
  form: (value) => value,
});

/** Django: GenericIPAddressField. By the type's output function: a host has no `/32`. */
export const inet = columnKind({
  kind: 'inet',
  types: ['inet'],
  select: (column) => `to_json(${column}) #>> '{}'`,
  expected: { pattern: /^[0-9a-f.:/]+$/, called: 'an IP address' },
  form: (value) => value,
});

/** Django: DateField. `YYYY-MM-DD`; what Python cannot hold (`infinity`, BC, years beyond 9999) as PostgreSQL writes it. */
export const date = columnKind({
  kind: 'date',
  types: ['date'],
  select: (column) => `to_json(${column}) #>> '{}'`,
  expected: { pattern: /^(-?infinity|\d{4,}-\d\d-\d\d( BC)?)$/, called: 'an ISO date' },
  form: (value) => value,
});

/** Django: TimeField. `HH:MM:SS`, six digits of fraction where it is not zero. 24:00:00 is 00:00:00. */
export const time = columnKind({
  kind: 'time',
  types: ['time without time zone'],
  expected: { pattern: /^\d\d:\d\d:\d\d(\.\d{1,6})?$/, called: 'a time' },
  form: (value) => sixDigits(value === '24:00:00' ? '00:00:00' : value),
});

const timestampPattern = /^(-?infinity|\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?( BC)?)$/;

/** Django: DateTimeField with `USE_TZ = True`. UTC, `YYYY-MM-DDTHH:MM:SS[.ffffff]+00:00`; BC, years beyond 9999 and `infinity` as PostgreSQL writes them, without an offset. */
export const timestamptz = columnKind({
  kind: 'timestamptz',
  types: ['timestamp with time zone'],
  select: (column) => `to_json(${column} AT TIME ZONE 'UTC') #>> '{}'`,
  expected: { pattern: timestampPattern, called: 'a timestamp in UTC' },
  form: (value) => (isPythonic(value) ? `${sixDigits(value)}+00:00` : value),
});

/** Django: DateTimeField with `USE_TZ = False`. The same without an offset. */
export const timestamp = columnKind({
  kind: 'timestamp',
  types: ['timestamp without time zone'],
  select: (column) => `to_json(${column}) #>> '{}'`,
  expected: { pattern: timestampPattern, called: 'a timestamp' },
  form: (value) => (isPythonic(value) ? sixDigits(value) : value),
});

/** Django: DurationField. Seconds as a JSON number, a year taken as 365 days and a month as 30, as psycopg2 does. */
export const duration = columnKind({
  kind: 'duration',
  types: ['interval'],
  select: (column) =>
    `CASE WHEN isfinite(${column}) THEN trim_scale(${[
      `extract(year FROM ${column})::numeric * 31536000`,
      `extract(month FROM ${column})::numeric * 2592000`,
      `extract(day FROM ${column})::numeric * 86400`,
      `extract(hour FROM ${column})::numeric * 3600`,
      `extract(minute FROM ${column})::numeric * 60`,
      `extract(second FROM ${column})::numeric`,
    ].join(' + ')})::text ELSE ${column}::text END`,
  expected: { pattern: /^(-?\d+(\.\d+)?|-?infinity)$/, called: 'a number of seconds' },
  form: (value) => (/\d/.test(value) ? exactNumber(value) : value),
});

/** Django: JSONField. Every number and the order of keys as PostgreSQL keeps them. */
export const jsonb = columnKind({
  kind: 'jsonb',
  types: ['jsonb'],
  expected: { pattern: /^/, called: 'JSON' },
  form: (value) => jsonText(compactJson(value)),
});

/** Django: BinaryField. Base64 (RFC 4648, padded, one line). */
export const bytea = columnKind({
  kind: 'bytea',
  types: ['bytea'],
  select: (column) => `translate(encode(${column}, 'base64'), E'\\n', '')`,
  expected: { pattern: /^[A-Za-z0-9+/]*={0,2}$/, called: 'base64' },
  form: (value) => value,
});

/** Any other type (ranges, hstore, enums, network types): a string, as PostgreSQL writes it. */
export const other = columnKind({
  kind: 'other',
  types: [],
  expected: { pattern: /^/, called: 'text' },
  form: (value) => value,
});

/**
 * Django: ArrayField. The depth is each value's own, so an ArrayField of ArrayFields is `array()` of what they hold.
 * A NULL element is null.
 * @throws TypeError for an array of arrays.
 */
export function array(element: ColumnDefinition, options: ColumnOptions = {}): ColumnDefinition {
  if (element.kind === 'array')
    throw new TypeError('an array has the depth of its value: array() takes what the innermost array holds');
  return {
    kind: 'array',
    types: element.types.map((type) => `${type}[]`),
    select: (quoted, form) => arraySql((item) => element.select(item, form))(quoted),
    toJson(text, form) {
      const { dimensions, items } = parseArray(text);
      const forms = items.map((item) => (item === null ? 'null' : encodeJson(elementJson(item))));
      return jsonText(nestedJson(forms, dimensions));

      function elementJson(item: string): Json {
        try {
          return element.toJson(item, form);
        } catch (error) {
          throw error instanceof ColumnError ? new ColumnError(`an element is ${error.message}`) : error;
        }
      }
    },
    element,
    ...options,
  };
}

/** The number itself where JavaScript writes it with the same digits, else its text. */
function exactNumber(text: string): number | JsonText {
  const number = Number(text);
  return String(number) === text ? number : jsonText(text);
}

function jsonFloat(number: number): number | string | JsonText {
  if (!Number.isFinite(number)) return String(number);
  return Object.is(number, -0) ? jsonText('-0.0') : number;
}

/** Whether Python's datetime can hold it: what it cannot, the original could not show. */
const isPythonic = (timestamp: string) => /^\d{4}-[^B]*$/.test(timestamp);

/** PostgreSQL drops trailing zeros of a fraction, Python does not. */
const sixDigits = (text: string) =>
  text.replace(/\.(\d+)$/, (_, digits: string) => `.${digits.padEnd(6, '0')}`);
