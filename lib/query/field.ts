import { type ColumnKind, type ComparableKind, isComparable } from '../tables/column.ts';
import type { Column, Table } from '../tables/table.ts';
import { toNumber, type Value } from './compare.ts';
import { durationOf, instantOf, instantsOf, localOf, parseDuration } from './times.ts';

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

const families: Record<ComparableKind, Family> = {
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
  localTimestamptz: 'local',
  duration: 'duration',
  inet: 'inet',
};

/** A column as queries see it. */
export interface Field {
  name: string;
  /** Its position among the record's members. */
  place: number;
  family: Family;
  /** What the parameter's value must be, and Django's message if it is not. */
  expected: { called: string; fault: string };
  /** Parses a member's JSON text. */
  read(json: string): Value;
  /** Parses the parameter's value; undefined if it is invalid for this column. */
  parse(text: string): Exclude<Value, null> | undefined;
  /** Django's message for a text that `parse` rejects, if it differs from the usual one. */
  faultOf?(text: string): string | undefined;
  /** The calendar date of a point in time, `YYYY-MM-DD`, in the table's time zone. */
  dateOf?(value: string): string;
}

/** The fields by name, one for every column that can be compared. */
export function fieldsOf(table: Table): ReadonlyMap<string, Field> {
  const fields = table.columns.flatMap((column, place) =>
    isComparable(column.kind) ? [fieldOf(table, column, place, families[column.kind])] : [],
  );
  return new Map(fields.map((field) => [field.name, field]));
}

/** Whether the values are strings. */
export const hasTexts = ({ family }: Pick<Field, 'family'>) =>
  family !== 'number' && family !== 'duration' && family !== 'boolean';

/** Whether no record has an array or an object in it. */
export const isFlat = ({ columns }: Pick<Table, 'columns'>) =>
  columns.every(({ kind }) => isComparable(kind));

function fieldOf(table: Table, { name, kind }: Column, place: number, family: Family): Field {
  const zone = table.timeZone;
  const field = { name, place, family, expected: expectedOf(family, kind) };
  const fromText = (convert: (text: string) => Value) => (json: string) =>
    json === 'null' ? null : convert(unquoted(json));
  switch (family) {
    case 'number': {
      const isDouble = kind === 'float' || kind === 'real';
      const toValue = isDouble ? Number : toNumber;
      return {
        ...field,
        read: (json) => (json === 'null' ? null : toValue(json.startsWith('"') ? json.slice(1, -1) : json)),
        parse: (text) => (isNumber(text.trim(), kind) ? toValue(text.trim()) : undefined),
      };
    }
    case 'boolean':
      return {
        ...field,
        read: (json) => (json === 'null' ? null : json === 'true'),
        parse: (text) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined),
      };
    case 'text':
      return { ...field, read: fromText((text) => text), parse: (text) => text };
    case 'uuid':
      return { ...field, read: fromText((text) => text), parse: (text) => parseUuid(text.trim()) };
    case 'date':
      return { ...field, read: fromText((text) => text), parse: (text) => parseDate(text.trim()) };
    case 'time':
      return { ...field, read: fromText((text) => text), parse: (text) => parseTime(text.trim()) };
    case 'instant':
      return {
        ...field,
        read: fromText((text) => instantOf(text, zone)),
        parse(text) {
          const iso = toIso(text.trim());
          const instants = iso === undefined ? [] : instantsOf(iso, zone);
          return instants.length === 1 ? instants[0] : undefined;
        },
        faultOf(text) {
          const iso = toIso(text.trim());
          return iso === undefined
            ? undefined
            : `${iso.replace('T', ' ')} couldn’t be interpreted in time zone ${zone}; it may be ambiguous or it may not exist.`;
        },
        dateOf: (value) => localOf(value, zone).slice(0, 10),
      };
    case 'local':
      return {
        ...field,
        read: fromText((text) => text),
        parse(text) {
          const iso = toIso(text.trim());
          return iso === undefined || /(Z|[+-]\d\d:\d\d)$/.test(iso) ? undefined : iso;
        },
        dateOf: (value) => value.slice(0, 10),
      };
    case 'duration':
      return {
        ...field,
        read: (json) =>
          json === 'null' ? null : durationOf(json.startsWith('"') ? json.slice(1, -1) : json),
        parse: parseDuration,
      };
    case 'inet':
      return { ...field, read: fromText(sortableAddress), parse: (text) => parseAddress(text.trim()) };
  }
}

/** Decodes a JSON string. */
function unquoted(json: string): string {
  return json.includes('\\') ? String(JSON.parse(json)) : json.slice(1, -1);
}

function expectedOf(family: Family, kind: ColumnKind): Field['expected'] {
  switch (family) {
    case 'number':
      return { called: kind === 'integer' ? 'a whole number' : 'a number', fault: 'Enter a number.' };
    case 'boolean':
      return { called: 'true or false', fault: 'Enter true or false.' };
    case 'text':
      return { called: 'a text', fault: 'Not a valid string.' };
    case 'uuid':
      return { called: 'a uuid', fault: 'Enter a valid UUID.' };
    case 'date':
      return { called: 'a date like 2024-01-31', fault: 'Enter a valid date.' };
    case 'time':
      return { called: 'a time like 09:30 or 09:30:15.5', fault: 'Enter a valid time.' };
    case 'instant':
      return {
        called:
          'a date and time like 2024-01-31T09:30:00Z, which without an offset exists once in the time zone',
        fault: 'Enter a valid date/time.',
      };
    case 'local':
      return { called: 'a date and time like 2024-01-31T09:30:00', fault: 'Enter a valid date/time.' };
    case 'duration':
      return { called: 'a duration like 90, 1 02:03:04 or P1DT2H', fault: 'Enter a valid duration.' };
    case 'inet':
      return { called: 'an IP address', fault: 'Enter a valid IPv4 or IPv6 address.' };
  }
}

/** A decimal as Django's form accepts it, which all number filters use: finite. */
function isNumber(text: string, kind: ColumnKind): boolean {
  const parts = /^[+-]?(?:(\d{1,400})\.?(\d{0,400})|\.(\d{1,400}))(?:[eE][+-]?\d{1,3})?$/.exec(text);
  if (parts === null) return false;
  return kind !== 'integer' || Number.isInteger(Number(text));
}

/** A uuid as Python's `UUID()` accepts it: with or without hyphens, braces, `urn:uuid:`, in any case. */
function parseUuid(text: string): string | undefined {
  const hex = text
    .replaceAll('urn:', '')
    .replaceAll('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '')
    .toLowerCase();
  if (!/^[\da-f]{32}$/.test(hex)) return undefined;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** `YYYY-MM-DD`, from a date whose month and day may lack leading zeros. */
export function parseDate(text: string): string | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : undefined;
}

function parseTime(text: string): string | undefined {
  const [, hour = '', minute = '', second = '00', fraction = ''] =
    /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6})\d{0,6})?)?$/.exec(text) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const micros = fraction.padEnd(6, '0');
  return `${[hour, minute, second].map((part) => part.padStart(2, '0')).join(':')}${micros === '000000' ? '' : `.${micros}`}`;
}

const timestamp =
  /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{1,2}(?::\d{1,2}(?:[.,]\d{1,12})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Turns Django's date-time formats into the records' ISO form. */
function toIso(text: string): string | undefined {
  const [, date = '', clock = '00:00', zone = ''] = timestamp.exec(text) ?? [];
  const [day, time] = [parseDate(date), parseTime(clock)];
  if (day === undefined || time === undefined) return undefined;
  const [, sign = '', hours = '', minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return `${day}T${time}${sign === '' ? zone : `${sign}${hours}:${minutes}`}`;
}

/** A key that sorts like PostgreSQL's `inet`: by family, then by bytes. */
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
