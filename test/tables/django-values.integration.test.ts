/** Compares `json: 'fastapi'` and `'drf'` with FastAPI and Django REST framework, over generated rows of every field type. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import type { ValueForm } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { findPython } from '../django/python.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startOracle } from '../support/python-oracle.ts';
import { readRecords } from './read-records.ts';

jest.setTimeout(240_000); // the first run may install Debian's packages

const python = await findPython({
  name: 'Django REST framework, FastAPI and psycopg2',
  packages: ['python3-djangorestframework', 'python3-fastapi', 'python3-psycopg2'],
  program: 'import rest_framework, fastapi, psycopg2',
});

const nullable = { nullable: true };
const columnsOf = (dt: typeof column.timestamptz) => ({
  id: column.integer(),
  small: column.integer(nullable),
  big: column.integer(nullable),
  dec: column.numeric(nullable),
  whole: column.numeric(nullable),
  float: column.float(nullable),
  bool: column.boolean(nullable),
  text: column.text(nullable),
  date: column.date(nullable),
  time: column.time(nullable),
  dt: dt(nullable),
  duration: column.duration(nullable),
  uuid: column.uuid(nullable),
  json: column.jsonb(nullable),
  ip: column.inet(nullable),
  attrs: column.hstore(nullable),
  ints: column.array(column.integer(), nullable),
  decs: column.array(column.numeric(), nullable),
  floats: column.array(column.float(), nullable),
  texts: column.array(column.text(), nullable),
  dts: column.array(dt(), nullable),
  waits: column.array(column.duration(), nullable),
});

const sql = `CREATE EXTENSION hstore; CREATE TABLE value (id bigint PRIMARY KEY, small smallint, big bigint,
  dec numeric(40,6), whole numeric(30,0), float double precision, bool boolean, text text, date date, time time,
  dt timestamptz, duration interval, uuid uuid, json jsonb, ip inet, attrs hstore, ints integer[], decs numeric(12,2)[],
  floats double precision[], texts text[], dts timestamptz[], waits interval[])`;

const two = (part: number) => String(part).padStart(2, '0');
const clock = fc
  .tuple(
    fc.nat(23),
    fc.nat(59),
    fc.nat(59),
    fc.oneof(fc.constant(0), fc.nat(999_999), fc.constantFrom(1, 500_000)),
  )
  .map(([h, m, s, us]) => `${[h, m, s].map(two).join(':')}.${String(us).padStart(6, '0')}`);
const dayOf = (min: string, max: string) =>
  fc
    .date({ min: new Date(min), max: new Date(max), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
/** The range in which Python's time zone data, which end in 2037, equal PostgreSQL's. */
const instant = fc
  .tuple(dayOf('1970-01-02', '2037-12-30'), clock)
  .map(([date, time]) => `${date}T${time}+00:00`);
/** The first and last times of Python, for which its time zones have no reliable offset. */
const infinite = fc.constantFrom('infinity', '-infinity');
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'aé"\\/ \u2028\u2029\n\u007f😀'),
      fc.string({ unit: 'binary', minLength: 1 }),
    ),
  })
  .map((value) => value.replaceAll('\0', ''));
const decimal = (digits: bigint, places: number) =>
  fc.bigInt({ min: -(10n ** digits), max: 10n ** digits }).map((units) => {
    const size = String(units < 0n ? -units : units).padStart(places + 1, '0');
    const whole = size.slice(0, size.length - places);
    return `${units < 0n ? '-' : ''}${whole}${places === 0 ? '' : `.${size.slice(-places)}`}`;
  });
const float = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(-0, 0, 1, 1e16, 1e15, 9999999999999998, 1e-4, 1e-5, 1e22, 0.1, 5e-324),
    fc.integer(),
  )
  .map((number) => (Object.is(number, -0) ? '-0' : String(number)));
const interval = fc
  .tuple(fc.integer({ min: -9_999, max: 9_999 }), fc.integer({ min: -86_399, max: 86_399 }), fc.nat(999_999))
  .map(([days, seconds, us]) => `${days} days ${seconds} seconds ${us} microseconds`);
const json = fc
  .json({ noUnicodeString: false })
  .map((value) => value.replaceAll('\\u0000', ''))
  .filter((value) => !/"_sa/.test(value)); // the original drops such members

const members: Record<string, fc.Arbitrary<unknown>> = {
  small: fc.integer({ min: -32_768, max: 32_767 }),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  dec: fc.oneof(decimal(34n, 6), decimal(9n, 6), decimal(3n, 0)),
  whole: decimal(29n, 0),
  float,
  bool: fc.boolean(),
  text,
  date: fc.oneof(dayOf('0001-01-02', '9999-12-30'), infinite),
  time: clock,
  dt: instant,
  duration: interval,
  uuid: fc.uuid(),
  json: json.map((value) => JSON.parse(value)),
  ip: fc.oneof(fc.ipV4(), fc.ipV6()),
  attrs: fc.dictionary(fc.constantFrom('a', 'b c', '10', '9', '"', 'é'), fc.option(text)).map(hstoreText),
  ints: fc.array(fc.option(fc.integer())),
  decs: fc.array(decimal(11n, 2)),
  floats: fc.array(float),
  texts: fc.array(fc.option(text)),
  dts: fc.array(instant),
  waits: fc.array(interval),
};
const rowsOf = (values: Record<string, fc.Arbitrary<unknown>>) =>
  fc.array(
    fc.record(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fc.option(value)]))),
    { minLength: 1, maxLength: 30 },
  );

function hstoreText(entries: Record<string, string | null>): string {
  const quote = (part: string) => `"${part.replace(/["\\]/g, '\\$&')}"`;
  const members = Object.entries(entries).map(
    ([key, value]) => `${quote(key)}=>${value === null ? 'NULL' : quote(value)}`,
  );
  return members.join(',');
}

const Answer = z.object({
  fastapi: z.array(z.nullable(z.string())),
  drf: z.array(z.nullable(z.string())),
});

const oracleOf = (python: string, env: Record<string, string>) =>
  startOracle({
    ...{ python, env, answer: Answer, file: new URL('oracle.py', import.meta.url) },
  });

const describeWithPython = 'python' in python ? describe : describe.skip;
if ('missing' in python) console.warn(`Not compared with Django: ${python.missing}.`);

describeWithPython('a table is the same bytes as by the original', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(sql);
  });
  afterAll(() => database.drop());

  test.each([
    { timeZone: 'UTC', useTz: true },
    { timeZone: 'Asia/Tokyo', useTz: true },
    { timeZone: 'America/St_Johns', useTz: true },
    { timeZone: 'Asia/Tokyo', useTz: false },
  ])('with $timeZone and USE_TZ = $useTz', async ({ timeZone, useTz }) => {
    if (!('python' in python)) return;
    const tableOf = (json: ValueForm['json']) =>
      defineTable({
        name: 'values',
        relation: 'public.value',
        key: 'id',
        columns: columnsOf(useTz ? column.timestamptz : column.localTimestamptz),
        ...{ json, timeZone },
      });
    const oracle = oracleOf(python.python, {
      DATABASE_URL: database.url,
      TIME_ZONE: timeZone,
      USE_TZ: useTz ? '1' : '0',
    });
    const hasInfinity = timeZone === 'UTC' || !useTz;
    const rows = rowsOf({ ...members, ...(hasInfinity && { dt: fc.oneof(instant, infinite) }) });
    let compared = 0;
    const check = async () => {
      const expected = await oracle.ask();
      for (const json of ['fastapi', 'drf'] as const) {
        const found = await readRecords(database.pool, tableOf(json));
        const renderable = found.map((record, at) => (expected[json][at] === null ? null : record));
        expect(renderable).toEqual(expected[json]);
        compared += expected[json].filter((record) => record !== null).length;
      }
    };
    try {
      await fc.assert(
        fc.asyncProperty(rows, async (values) => {
          await database.pool.query('TRUNCATE value');
          await database.pool.query(
            'INSERT INTO value SELECT * FROM json_populate_recordset(NULL::value, $1)',
            [JSON.stringify(values.map((value, at) => ({ id: at, ...value })))],
          );
          await check();
        }),
        { numRuns: Number(process.env['VALUE_RUNS'] ?? 25) },
      );
    } finally {
      await oracle.stop();
    }
    expect(compared).toBeGreaterThan(100);
  });
});
