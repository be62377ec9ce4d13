import fc from 'fast-check';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import type { TableDefinition } from '../../lib/tables/table.ts';

const nullable = { nullable: true };

export const valuesTable = (options: Pick<TableDefinition, 'json' | 'envelope' | 'timeZone'>) =>
  defineTable({
    name: 'values',
    relation: 'public.value',
    key: 'id',
    columns: {
      id: column.integer(),
      small: column.integer(nullable),
      big: column.integer(nullable),
      dec: column.numeric(nullable),
      float: column.float(nullable),
      bool: column.boolean(nullable),
      text: column.text(nullable),
      char: column.text(),
      date: column.date(nullable),
      time: column.time(nullable),
      dt: column.timestamptz(nullable),
      duration: column.duration(nullable),
      uuid: column.uuid(nullable),
      ip: column.inet(nullable),
      page: column.integer(nullable),
    },
    ...(options.envelope === 'drf' ? { pageSize: 5, maxPageSize: 20 } : {}),
    ...options,
  });

export const createTableSql = `CREATE TABLE value (id bigint PRIMARY KEY, small smallint, big bigint, dec numeric(40,6),
  float double precision, bool boolean, text text, char varchar(100) NOT NULL, date date, time time, dt timestamptz,
  duration interval, uuid uuid, ip inet, page integer)`;

/** Texts that are difficult for case folding, patterns, ordering and splitting. */
const unit = fc.constantFrom(
  ...[
    'a',
    'b',
    'A',
    'B',
    '%',
    '_',
    '\\',
    'ß',
    'ẞ',
    'ss',
    'ŉ',
    'ΐ',
    'ᾳ',
    'ᾼ',
    'ı',
    'İ',
    'ſ',
    'é',
    'É',
    'ǆ',
    'ǅ',
  ],
  ...[
    '日',
    '本',
    '語',
    '😀',
    '𐐨',
    '𐐀',
    '\uffff',
    '\ue000',
    "'",
    '"',
    ',',
    ' ',
    '\t',
    '\u3000',
    '\u00a0',
    '\ufeff',
    '\n',
    '&',
    '=',
    '+',
  ],
);
const text = fc.string({ unit, maxLength: 5 });

const days = fc.constantFrom(
  '2024-03-10',
  '2024-11-03',
  '2024-01-01',
  '2023-12-31',
  '1999-02-28',
  '0999-05-05',
  '9998-01-01',
);
const time = fc
  .tuple(
    fc.constantFrom(0, 1, 4, 5, 6, 7, 9, 23),
    fc.constantFrom(0, 30, 59),
    fc.constantFrom(0, 1, 59),
    fc.constantFrom('', '.5', '.000001', '.123456'),
  )
  .map(
    ([h, m, s, fraction]) => `${[h, m, s].map((part) => String(part).padStart(2, '0')).join(':')}${fraction}`,
  );
const decimal = fc.oneof(
  fc.constantFrom(
    '0',
    '-1',
    '1.5',
    '1.50',
    '0.000001',
    '9007199254740993',
    '9007199254740992.000001',
    '9007199254740993.5',
  ),
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((units) => `${units}.25`),
);
const big = fc.oneof(
  fc.constantFrom('9007199254740992', '9007199254740993', '-9223372036854775808', '9223372036854775807'),
  fc.integer({ min: -5, max: 5 }).map(String),
);
const float = fc.oneof(
  fc.constantFrom('0.1', '-0.5', '1e100', '5e-324', '3.0000000000000004', '3', '1.7976931348623157e308'),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((number) => (Object.is(number, -0) ? '0' : String(number))),
);
const duration = fc
  .tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 }), fc.constantFrom(0, 1, 500_000))
  .map(([day, seconds, us]) => `${day} days ${seconds} seconds ${us} microseconds`);
const uuid = fc.constantFrom(
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12',
  '00000000-0000-0000-0000-000000000000',
);
const ip = fc.constantFrom('10.0.0.1', '9.255.0.1', '192.168.0.1', '::1', '2001:db8::1', '::ffff:1.2.3.4');

const members = {
  small: fc.option(fc.integer({ min: -3, max: 3 })),
  big: fc.option(big),
  dec: fc.option(decimal),
  float: fc.option(float),
  bool: fc.option(fc.boolean()),
  text: fc.option(text),
  char: text,
  date: fc.option(days),
  time: fc.option(time),
  dt: fc.option(
    fc
      .tuple(
        days.filter((day) => day >= '1970'),
        time,
      )
      .map(([day, clock]) => `${day}T${clock}Z`),
  ),
  duration: fc.option(duration),
  uuid: fc.option(uuid),
  ip: fc.option(ip),
  page: fc.option(fc.integer({ min: 0, max: 2 })),
};
type Member = keyof typeof members;

export type Row = Readonly<Record<Member, unknown>> & { id: number };

export const rows: fc.Arbitrary<Row[]> = fc
  .array(fc.record(members), { minLength: 8, maxLength: 40 })
  .map((values) => values.map((value, at) => ({ id: at * 2 - 6, ...value })));

const comparisons = ['', 'in', 'gt', 'gte', 'lt', 'lte', 'range', 'isnull'];
const ofTexts = ['iexact', 'contains', 'icontains', 'startswith', 'istartswith', 'endswith', 'iendswith'];
const lookups: Record<Exclude<Member, 'page'> | 'id', readonly string[]> = {
  id: comparisons,
  small: comparisons,
  big: comparisons,
  dec: comparisons,
  float: comparisons,
  bool: ['', 'isnull'],
  text: [...comparisons, ...ofTexts, ...ofTexts],
  char: [...comparisons, ...ofTexts, ...ofTexts],
  date: [...comparisons, 'year'],
  time: comparisons,
  dt: [...comparisons, 'date', 'year'],
  duration: comparisons,
  uuid: comparisons,
  ip: comparisons,
};
const names = Object.keys(lookups);
const filtered = [...names, 'page'];

interface Filter {
  name: string;
  lookup: string;
  negated: boolean;
  /** Rows with the values of the filter. */
  picks: number[];
  style: number;
  own: string;
}

const invalid = fc.constantFrom(
  'x',
  '1.2.3',
  '2024-02-30',
  '25:00',
  '2024-01-01T25:00',
  'nan',
  'Infinity',
  '1e51',
  '--1',
  '',
);
const filter: fc.Arbitrary<Filter> = fc
  .tuple(
    fc.constantFrom(...filtered),
    fc.nat(),
    fc.record({
      negated: fc.boolean(),
      picks: fc.array(fc.nat(), { minLength: 2, maxLength: 3 }),
      style: fc.nat(99),
      own: fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: invalid }),
    }),
  )
  .map(([name, at, rest]) => {
    const known = Object.entries(lookups).find(([one]) => one === name)?.[1] ?? [];
    return { name, lookup: known[at % known.length] ?? '', ...rest };
  });

export interface Query {
  filters: Filter[];
  ordering?: string | undefined;
  search?: string | undefined;
  paging?: Record<string, string> | undefined;
}

const orderings = fc
  .array(fc.tuple(fc.constantFrom('', '-'), fc.constantFrom(...names, 'page')), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.map(([sign, name]) => `${sign}${name}`).join(','));
const few = fc.integer({ min: 0, max: 9 }).map(String);
const pagings: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc.record(
    {
      page: fc.oneof(few, fc.constantFrom('last', 'x', '1', '2', '-1', '')),
      page_size: fc.oneof(few, fc.constantFrom('20', '99', 'x')),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      limit: fc.oneof(few, fc.constantFrom('99', 'x', '-1')),
      offset: fc.oneof(few, fc.constantFrom('x', '39', '100')),
    },
    { requiredKeys: [] },
  ),
  fc.constantFrom<Record<string, string>>({ format: 'json' }, { unknown: "x y~'()*!é", page: '2' }),
);
export const queries: fc.Arbitrary<Query> = fc.record({
  filters: fc.array(filter, { maxLength: 2 }),
  ordering: fc.option(
    fc.oneof(
      { weight: 5, arbitrary: orderings },
      { weight: 1, arbitrary: fc.constantFrom('', 'x', '-x,dt', ' -dt , id') },
    ),
    { nil: undefined },
  ),
  search: fc.option(
    fc.oneof(
      text,
      fc.array(text, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(' ')),
    ),
    { nil: undefined, freq: 3 },
  ),
  paging: fc.option(pagings, { nil: undefined }),
});

/** A query string, mostly with values of the rows. */
export function textOf({ filters, ordering, search, paging = {} }: Query, values: readonly Row[]): string {
  const parameters = new Map<string, string>();
  for (const one of filters) {
    const lookup = one.name === 'page' ? 'exact' : one.lookup;
    const negated = one.negated && one.name !== 'page';
    const name = `${one.name}${lookup === '' ? '' : `__${lookup}`}${negated ? '!' : ''}`;
    parameters.set(name, valueOfFilter(one, values));
  }
  if (ordering !== undefined) parameters.set('ordering', ordering);
  if (search !== undefined) parameters.set('search', search);
  for (const [name, value] of Object.entries(paging)) parameters.set(name, value);
  return String(new URLSearchParams([...parameters]));
}

function valueOfFilter({ name, lookup, picks, style, own }: Filter, values: readonly Row[]): string {
  const of = (at: number) => {
    const row = values[(picks[at] ?? 0) % values.length];
    const value: unknown =
      row === undefined ? null : Object.entries(row).find(([member]) => member === name)?.[1];
    return value === null || value === undefined ? plain(name) : written(name, String(value), style + at);
  };
  if (lookup === 'isnull' || name === 'bool')
    return ['true', 'True', '1', 'false', 'False', '0', ''][style % 7] ?? '';
  // An invalid IP address makes Django's statement fail.
  const isOwn = style % 8 === 0 && name !== 'ip' && !(name === 'uuid' && own.includes('_'));
  const one = (at: number) => (isOwn && at === 0 ? own : of(at));
  if (lookup === 'in') return picks.map((_, at) => one(at)).join(',');
  if (lookup === 'range') return `${one(0)},${one(1)}`;
  if (lookup === 'date') return isOwn ? own : of(0).slice(0, 10);
  if (lookup === 'year') return isOwn ? '2024' : of(0).slice(0, 4);
  const value = one(0);
  const isText = name === 'text' || name === 'char';
  if (!isText || lookup === '' || isOwn) return value;
  const characters = [...value];
  const [from, to] = [style % (characters.length + 1), characters.length - (style % 2)];
  const part = lookup.endsWith('startswith')
    ? characters.slice(0, to)
    : lookup.endsWith('endswith')
      ? characters.slice(from)
      : characters.slice(style % 2, to);
  return changedCase(part.join(''), style);
}

const changedCase = (value: string, style: number) =>
  style % 3 === 0 ? value.toUpperCase() : style % 3 === 1 ? value.toLowerCase() : value;

/** A value of the column's type. */
function plain(name: string): string {
  const known: Record<string, string> = {
    text: 'a',
    date: '2024-01-01',
    time: '05:00',
    dt: '2024-01-01T05:00:00Z',
    duration: '1 00:00:01',
    uuid: 'A0EEBC999C0B4EF8BB6D6BB9BD380A11',
    ip: '10.0.0.1',
  };
  return known[name] ?? '1';
}

/** The same value in another valid notation. */
function written(name: string, value: string, style: number): string {
  const pick = (...forms: string[]) => forms[style % forms.length] ?? value;
  switch (name) {
    case 'small':
    case 'id':
      return pick(value, ` ${value} `, `${value}.0`, value.startsWith('-') ? value : `+0${value}`);
    case 'dec':
      return pick(value, `${value}${value.includes('.') ? '000' : '.0'}`, value);
    case 'uuid':
      return pick(value, value.toUpperCase(), `{${value}}`, `urn:uuid:${value}`, value.replaceAll('-', ''));
    case 'dt': {
      const local = value.slice(0, 19);
      return pick(
        value,
        local,
        local.replace('T', ' '),
        value.replace('Z', '+00:00'),
        value.replace('Z', '-0500'),
      );
    }
    case 'time':
      return pick(value, value.slice(0, 5));
    case 'duration': {
      const [day = '0', , seconds = '0', , us = '0'] = value.split(' ');
      const total = Number(day) * 86_400 + Number(seconds);
      const fraction = us === '0' ? '' : `.${us.padStart(6, '0')}`;
      return pick(
        `${day} 00:00:01${fraction}`,
        total < 0 ? String(total) : `${total}${fraction}`,
        `P${Math.abs(Number(day))}DT1.5S`,
        value.startsWith('-') ? 'x' : `${day} 1:2:3`,
        `${day} days`,
        `${day} days -01:02:03\n`,
      );
    }
    default:
      return value;
  }
}
