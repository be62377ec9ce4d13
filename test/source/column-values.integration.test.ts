import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ColumnDefinition } from '../../lib/tables/column.ts';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { startTestDataApi, type TestDataApi } from '../support/data-api.ts';

let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes: 20_000 });
});
afterAll(() => api.close());

/** A value to insert with `pg`, and its expected JSON. */
interface Written {
  value: string;
  json: string;
}
const same = (value: string): Written => ({ value, json: value });
const quoted = (value: string): Written => ({ value, json: JSON.stringify(value) });

const integers = (bits: bigint) =>
  fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }).map((value) => same(String(value)));
const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9]{${count}}$`));
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), digits(6))
  .map(([n, f]) => same(`${n}.${f}`));
const floats = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) =>
    Object.is(value, -0) ? same('-0.0') : { value: String(value), json: JSON.stringify(value) },
  );
const micros = fc.nat(999_999);
const clock = fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59), micros).map(([h, m, s, us]) => {
  const time = [h, m, s].map((part) => String(part).padStart(2, '0')).join(':');
  return us === 0 ? time : `${time}.${String(us).padStart(6, '0')}`;
});
const day = fc
  .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const timestamp = fc.tuple(day, clock).map(([date, time]) => `${date}T${time}`);
const usPerHour = 3_600_000_000;
const durations = fc
  .record({
    years: fc.integer({ min: -50, max: 50 }),
    days: fc.integer({ min: -400, max: 400 }),
    us: fc.maxSafeInteger(),
  })
  .map(({ years, days, us }) => {
    const total = BigInt(years * 365 + days) * 86_400_000_000n + BigInt(us);
    const size = total < 0n ? -total : total;
    const fraction = String(size % 1_000_000n)
      .padStart(6, '0')
      .replace(/0+$/, '');
    const seconds = `${size / 1_000_000n}${fraction && '.'}${fraction}`;
    return {
      // Without microseconds and seconds beyond 32 bits, which need PostgreSQL 15.
      value: `${years} years ${days} days ${Math.trunc(us / usPerHour)} hours ${(us % usPerHour) / 1e6} seconds`,
      json: `${total < 0n ? '-' : ''}${seconds}`,
    };
  });
const documents = fc.json().map((value) => value.replaceAll('\\u0000', ''));
const bytes = fc.uint8Array({ maxLength: 100 }).map((value) => Buffer.from(value));
const mask = fc.option(fc.nat(31), { nil: undefined });

const kinds: Record<string, [type: string, kind: ColumnDefinition, values: fc.Arbitrary<Written>]> = {
  small: ['smallint', column.integer(), integers(16n)],
  int: ['integer', column.integer(), integers(32n)],
  big: ['bigint', column.integer(), integers(64n)],
  decimal: ['numeric(40,6)', column.numeric(), decimals],
  float: ['double precision', column.float(), floats],
  bool: ['boolean', column.boolean(), fc.boolean().map((value) => same(String(value)))],
  text: ['text', column.text(), text.map(quoted)],
  uuid: ['uuid', column.uuid(), fc.uuid().map(quoted)],
  date: ['date', column.date(), day.map(quoted)],
  time: ['time', column.time(), clock.map(quoted)],
  naive: ['timestamp', column.timestamp(), timestamp.map(quoted)],
  dt: ['timestamptz', column.timestamptz(), timestamp.map((value) => quoted(`${value}+00:00`))],
  duration: ['interval', column.duration(), durations],
  bytea: [
    'bytea',
    column.bytea(),
    bytes.map((value) => ({
      value: `\\x${value.toString('hex')}`,
      json: JSON.stringify(value.toString('base64')),
    })),
  ],
  ip: [
    'inet',
    column.inet(),
    fc.tuple(fc.ipV4(), mask).map(([ip, bits]) => quoted(bits === undefined ? ip : `${ip}/${bits}`)),
  ],
};
const names = Object.keys(kinds);
const row = fc.record(
  Object.fromEntries(Object.entries(kinds).map(([name, [, , values]]) => [name, fc.option(values)])),
);

const arrayOf = (kind: ColumnDefinition) => column.array(kind, { nullable: true });
const table = defineTable({
  name: 'rows',
  relation: 'public.mixed',
  columns: {
    id: column.integer(),
    ...Object.fromEntries(
      Object.entries(kinds).map(([name, [, kind]]) => [name, { ...kind, nullable: true }]),
    ),
  },
  key: 'id',
});

describe('values written by PostgreSQL are read back exactly', () => {
  test('rows of every kind of column', async () => {
    await api.pool.query(
      `CREATE TABLE mixed (id int PRIMARY KEY, ${names.map((name) => `"${name}" ${kinds[name]?.[0]}`)})`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        await api.pool.query('TRUNCATE mixed');
        await api.pool.query(`INSERT INTO mixed SELECT * FROM json_populate_recordset(NULL::mixed, $1)`, [
          JSON.stringify(
            rows.map((values, id) => ({
              id,
              ...Object.fromEntries(names.map((name) => [name, values[name]?.value])),
            })),
          ),
        ]);
        const { records } = await api.read(table);
        expect(records.map(({ json }) => json)).toEqual(
          rows.map(
            (values, id) =>
              `{"id":${id},${names.map((name) => `"${name}":${values[name]?.json ?? 'null'}`)}}`,
          ),
        );
      }),
      { numRuns: 30 },
    );
  });

  test.each(names)('arrays of %s, of one and of two dimensions, with NULLs', async (name) => {
    const [type, kind, values] = kinds[name] ?? [];
    if (type === undefined || kind === undefined || values === undefined) throw new TypeError(name);
    const lists = defineTable({
      name: 'lists',
      relation: `public.${name}s`,
      columns: { id: column.integer(), list: arrayOf(kind) },
      key: 'id',
    });
    await api.pool.query(`CREATE TABLE "${name}s" (id int PRIMARY KEY, list ${type}[])`);
    const list = fc.array(fc.option(values), { minLength: 1, maxLength: 4 });
    const shapes = fc.tuple(
      fc.array(fc.option(values), { maxLength: 6 }),
      list,
      fc.integer({ min: 1, max: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(shapes, async ([flat, inner, times]) => {
        const deep = Array.from({ length: times }, () => inner);
        await api.pool.query(`TRUNCATE "${name}s"`);
        await api.pool.query(
          `INSERT INTO "${name}s" VALUES (0, NULL), (1, $1::text[]::${type}[]), (2, $2::text[]::${type}[])`,
          [
            flat.map((item) => item?.value ?? null),
            deep.map((items) => items.map((item) => item?.value ?? null)),
          ],
        );
        const { records } = await api.read(lists);
        const json = (items: (Written | null)[]) => `[${items.map((item) => item?.json ?? 'null')}]`;
        expect(records.map(({ json }) => json)).toEqual([
          '{"id":0,"list":null}',
          `{"id":1,"list":${json(flat)}}`,
          `{"id":2,"list":[${deep.map(json)}]}`,
        ]);
      }),
      { numRuns: 10 },
    );
  });

  test('documents, of which every key, number and escape is as PostgreSQL keeps it', async () => {
    const documented = defineTable({
      name: 'documents',
      relation: 'public.document',
      columns: { id: column.integer(), document: column.jsonb() },
      key: 'id',
    });
    await api.pool.query('CREATE TABLE document (id int PRIMARY KEY, document jsonb NOT NULL)');
    await fc.assert(
      fc.asyncProperty(fc.array(documents, { minLength: 1, maxLength: 20 }), async (list) => {
        await api.pool.query('TRUNCATE document');
        await api.pool.query(
          'INSERT INTO document SELECT n, d::jsonb FROM unnest($1::text[]) WITH ORDINALITY AS t(d, n)',
          [list],
        );
        const { rows } = await api.pool.query('SELECT document::text AS text FROM document ORDER BY id');
        const { records } = await api.read(documented);
        expect(records.map(({ json }) => JSON.parse(json).document)).toEqual(
          rows.map(({ text }) => JSON.parse(text)),
        );
        // Only the white space between tokens is removed.
        expect(records.map(({ json }) => json)).toEqual(
          rows.map(({ text }, at) => `{"id":${at + 1},"document":${withoutSpaces(text)}}`),
        );
      }),
      { numRuns: 30 },
    );
  });
});

/** An independent implementation: a scanner instead of the code's regular expression. */
function withoutSpaces(json: string) {
  let compact = '';
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at] ?? '';
    if (quoted && character === '\\') {
      at += 1;
      compact += `\\${json[at]}`;
    } else if (quoted || character !== ' ') compact += character;
    if (character === '"') quoted = !quoted;
  }
  return compact;
}
