import type { ColumnKind } from '../tables/column.ts';
import type { Column, Table } from '../tables/table.ts';
import { toNumber, type Value } from './compare.ts';
import { durationOf, hasZone, instantOf, localOf } from './times.ts';

type Family =
  | 'number'
  | 'boolean'
  | 'text'
  | 'uuid'
  | 'date'
  | 'time'
  | 'instant'
  | 'local'
  | 'duration'
  | 'inet';

/** The kinds that queries can compare. Arrays, JSON, bytes, ranges and hstore cannot be filtered or ordered by. */
const families: Partial<Record<ColumnKind, Family>> = {
  integer: 'number',
  numeric: 'number',
  float: 'number',
  real: 'number',
  boolean: 'boolean',
  text: 'text',
  uuid: 'uuid',
  date: 'date',
  time: 'time',
  timestamptz: 'instant',
  timestamp: 'local',
  duration: 'duration',
  inet: 'inet',
};

/** A column as queries see it. */
export interface Field {
  name: string;
  /** Its place among the record's members. */
  place: number;
  family: Family;
  /** The value of a member's JSON text. */
  read(json: string): Value;
  /** The value that a parameter names; undefined where it names none of this column. */
  parse(text: string): Exclude<Value, null> | undefined;
  /** The calendar date of a point in time, `YYYY-MM-DD`, in the table's time zone. */
  dateOf?(value: string): string;
}

/** Fields by name, for every column that can be compared. */
export function fieldsOf(table: Table): ReadonlyMap<string, Field> {
  const fields = table.columns.flatMap((column, place) => {
    const family = families[column.kind];
    return family === undefined ? [] : [fieldOf(table, column, place, family)];
  });
  return new Map(fields.map((field) => [field.name, field]));
}

function fieldOf(table: Table, { name, kind }: Column, place: number, family: Family): Field {
  const zone = table.timeZone;
  const field = { name, place, family };
  const fromText = (convert: (text: string) => string | number) => (json: string) => {
    const value: unknown = JSON.parse(json);
    return value === null ? null : convert(String(value));
  };
  switch (family) {
    case 'number':
      return {
        ...field,
        read: (json) => (json === 'null' ? null : toNumber(json.startsWith('"') ? json.slice(1, -1) : json)),
        parse: (text) => parseNumber(text.trim(), kind),
      };
    case 'boolean':
      return {
        ...field,
        read: (json) => (json === 'null' ? null : json === 'true'),
        parse: (text) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined),
      };
    case 'text':
      return { ...field, read: fromText((text) => text), parse: (text) => text };
    case 'uuid':
      return { ...field, read: fromText((text) => text), parse: parseUuid };
    case 'date':
      return { ...field, read: fromText((text) => text), parse: parseDate };
    case 'time':
      return { ...field, read: fromText((text) => text), parse: parseTime };
    case 'instant':
      return {
        ...field,
        read: fromText((text) => instantOf(text, zone)),
        parse: (text) => (isTimestamp(text) ? instantOf(toIso(text), zone) : undefined),
        dateOf: (value) => localOf(value, zone).slice(0, 10),
      };
    case 'local':
      return {
        ...field,
        read: fromText((text) => text),
        parse: (text) => (isTimestamp(text) && !hasZone(text) ? toIso(text) : undefined),
        dateOf: (value) => value.slice(0, 10),
      };
    case 'duration':
      return { ...field, read: fromText((text) => durationOf(text) ?? Number.NaN), parse: durationOf };
    case 'inet':
      return { ...field, read: fromText(sortableAddress), parse: parseAddress };
  }
}

function parseNumber(text: string, kind: ColumnKind) {
  if (kind === 'integer')
    return /^[+-]?\d{1,40}$/.test(text) ? toNumber(String(BigInt(text.replace('+', '')))) : undefined;
  if (/^[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][+-]?\d{1,3})?$/.test(text)) return toNumber(text);
  if (kind === 'numeric') return undefined; // Django's form field refuses NaN and infinity
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite === null
    ? undefined
    : infinite[1] === '-'
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY;
}

/** As Python's `UUID()` takes it: with or without hyphens, braces, `urn:uuid:`, in any case. */
function parseUuid(text: string): string | undefined {
  const hex = text
    .replace(/^urn:uuid:/i, '')
    .replace(/[{}-]/g, '')
    .toLowerCase();
  if (!/^[\da-f]{32}$/.test(hex)) return undefined;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function parseDate(text: string): string | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : undefined;
}

function parseTime(text: string): string | undefined {
  const [, hour = '', minute = '', second = '00', fraction = ''] =
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/.exec(text) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const micros = fraction.padEnd(6, '0');
  return `${hour.padStart(2, '0')}:${minute}:${second}${micros === '000000' ? '' : `.${micros}`}`;
}

const timestamp =
  /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const isTimestamp = (text: string) => {
  const [, date = '', time] = timestamp.exec(text) ?? [];
  return parseDate(date) !== undefined && (time === undefined || parseTime(time) !== undefined);
};
/** The ISO form that records have, of what Django takes. */
function toIso(text: string): string {
  const [, date = '', time = '00:00', zone = ''] = timestamp.exec(text) ?? [];
  const offset =
    zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.length === 3 ? `${zone}:00` : zone;
  return `${parseDate(date)}T${parseTime(time)}${offset}`;
}

/** An address in the order of PostgreSQL's `inet`: by family, then by its bytes. */
function sortableAddress(text: string): string {
  const [address = '', bits = ''] = text.split('/');
  const bytes = address.includes(':') ? bytesOfV6(address) : address.split('.').map(Number);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${bytes.length === 4 ? '4' : '6'} ${hex} ${bits}`;
}

function bytesOfV6(text: string): number[] {
  const v4 = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const groups =
    v4 === null
      ? text
      : text.slice(0, v4.index) +
        v4
          .slice(1, 5)
          .map(Number)
          .reduce((hex, byte, at) => `${hex}${at === 2 ? ':' : ''}${byte.toString(16).padStart(2, '0')}`, '');
  const [head = '', tail] = groups.split('::');
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const first = numbers(head);
  const rest = tail === undefined ? [] : numbers(tail);
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - first.length - rest.length) }, () => 0);
  return [...first, ...zeros, ...rest].flatMap((group) => [group >> 8, group & 255]);
}

function parseAddress(text: string): string | undefined {
  const bytes = text.includes(':') ? bytesOfV6(text) : text.split('.').map(Number);
  const isWhole = bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  const isShaped = /^[\d.]+$|^[\da-f:.]+$/i.test(text) && (bytes.length === 4 || bytes.length === 16);
  return isWhole && isShaped ? sortableAddress(text) : undefined;
}
