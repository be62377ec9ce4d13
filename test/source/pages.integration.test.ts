import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import * as column from '../../lib/tables/columns.ts';
import { defineTable } from '../../lib/tables/define-table.ts';
import { parsed } from '../fakes/collected.ts';
import { rowBytes } from '../fakes/row-bytes.ts';
import { callsOf, startTestDataApi, type TestDataApi } from '../support/data-api.ts';

const notes = defineTable({
  name: 'notes',
  relation: 'public.note',
  columns: { id: column.integer(), body: column.text() },
  key: 'id',
});

const Note = z.object({ id: z.int(), body: z.string() });

/** A small limit, so that some hundred rows take many pages; the row limit is AWS's. */
const maxResponseBytes = 64 * 1024;
let api: TestDataApi;
beforeAll(async () => {
  api = await startTestDataApi({ maxResponseBytes });
  await api.pool.query('CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL)');
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.pool.query('TRUNCATE note');
  api.server.resetStats();
});
/** Checks that every call of every test succeeded without a retry. */
afterEach(() => expect(api.reported.events).toEqual([]));

const read = async () => parsed((await api.read(notes)).records);

const insert = (bodies: readonly string[]) =>
  api.pool.query('INSERT INTO note SELECT n, body FROM unnest($1::text[]) WITH ORDINALITY AS t(body, n)', [
    bodies,
  ]);

const numbered = (bodies: readonly string[]) => bodies.map((body, at) => ({ id: at + 1, body }));

/** The bytes of the rows on the wire: texts with their lengths, in Base64. */
const encodedBytes = (bodies: readonly string[]) =>
  numbered(bodies).reduce((sum, { id, body }) => sum + (4 / 3) * rowBytes([String(id), body]).length, 0);

async function expectWhole(bodies: readonly string[]) {
  await insert(bodies);
  expect(await read()).toEqual(numbered(bodies));
  expect(api.server.stats).toMatchObject({ openTransactions: 0 });
  expect(api.server.stats.maxResponseBytes).toBeLessThanOrEqual(maxResponseBytes);
}

/**
 * The bound for calls: 10 % above the minimum for these bytes, one call for the plan, and three for the transaction. A large row
 * may leave room in the previous answer.
 */
const expectFewCalls = (bodies: readonly string[], { large = 0 } = {}) =>
  expect(callsOf(api.server)).toBeLessThanOrEqual(
    Math.ceil((1.1 * encodedBytes(bodies)) / maxResponseBytes) + 4 + large,
  );

const letters = (count: number) => 'x'.repeat(count);
const small = (count: number) => Array.from({ length: count }, (_, n) => `comment ${n}`);

describe('a table is read whole, in the order of its keys', () => {
  test('when it is empty', async () => {
    await expectWhole([]);
    expect(callsOf(api.server)).toBe(1);
  });

  test('when it has one row', async () => {
    await expectWhole(['']);
    expect(callsOf(api.server)).toBe(1);
  });

  test('in one call as long as one answer holds it', async () => {
    await expectWhole(small(1_000));
    expect(callsOf(api.server)).toBe(1);
  });

  test('when it has many pages of small rows', async () => {
    const bodies = small(10_000);
    await expectWhole(bodies);
    expectFewCalls(bodies);
  });

  test.each([0, 5, 99, 100, 300, 999])('when row %d is large and the others are small', async (at) => {
    const bodies = small(1_000).with(at, letters(40_000));
    await expectWhole(bodies);
    expectFewCalls(bodies, { large: 1 });
  });

  test('when large rows come first, and small ones in great number after them', async () => {
    const bodies = [...Array.from({ length: 10 }, () => letters(20_000)), ...small(10_000)];
    await expectWhole(bodies);
    expectFewCalls(bodies);
  });

  test('when the rows fill a page exactly, or miss by one byte', async () => {
    for (let extra = -3; extra <= 3; extra += 1) {
      await api.pool.query('TRUNCATE note');
      await expectWhole(Array.from({ length: 64 }, () => letters(1_000 + extra)));
    }
  });

  test('when a row is larger than a row, or an answer, may be', async () => {
    await expectWhole(['first', letters(70_000), 'between', letters(300_000), letters(64_000), 'last']);
  });

  test('when row sizes are anything from one byte to more than an answer holds', async () => {
    const size = fc.oneof(
      { arbitrary: fc.nat(300), weight: 20 },
      { arbitrary: fc.nat(3_000), weight: 10 },
      fc.nat(70_000),
    );
    const unit = fc.constantFrom('x', '"', '\\', 'é', '日', '😀', '\n', '\u0001', '\u007f', '\u2028');
    const body = fc.tuple(size, unit).map(([count, character]) => character.repeat(count));
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 60, size: 'max' }), async (bodies) => {
        await api.pool.query('TRUNCATE note');
        api.server.resetStats();
        await expectWhole(bodies);
        if (bodies.every((text) => Buffer.byteLength(text) < 10_000)) expectFewCalls(bodies);
      }),
      { numRuns: 12 },
    );
  });
});

describe('no text is larger on the wire than was planned', () => {
  const characters: [string, string][] = [
    ['emoji', '😀'],
    ['quotes', '"'],
    ['backslashes', '\\'],
    ['control characters', '\u0001'],
    ['line breaks', '\n'],
    ['tabs', '\t'],
    ['delete', '\u007f'],
    ['line separators', '\u2028'],
    ['texts of lone escapes', '\\ud800'],
    ['three bytes', '日'],
    ['slashes', '/'],
  ];
  test.each(characters)('%s', async (_, character) => {
    const perRow = Math.floor(8_000 / Buffer.byteLength(character));
    const bodies = Array.from({ length: 8 }, (_, n) => character.repeat(perRow + n));
    await expectWhole(bodies);
    await api.pool.query('TRUNCATE note');
    await expectWhole([character.repeat(15_000)]);
  });
});

describe('with the limits of AWS', () => {
  let aws: TestDataApi;
  beforeAll(async () => {
    aws = await startTestDataApi();
    await aws.pool.query('CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL)');
  });
  afterAll(() => aws.close());

  test('5 MB are read in seven answers and four calls more', async () => {
    await aws.pool.query(
      `INSERT INTO note SELECT n, repeat(md5(n::text), 1 + n % 20) || '日本"\\' FROM generate_series(1, 14000) AS n`,
    );
    const records = z.array(Note).parse(parsed((await aws.read(notes)).records));
    const { rows } = await aws.pool.query('SELECT id::int, body FROM note ORDER BY id');
    expect(records).toEqual(rows);
    const bytes = encodedBytes(records.map(({ body }) => String(body)));
    expect(Math.ceil(bytes / 1024 ** 2)).toBe(7);
    expect(callsOf(aws.server)).toBeLessThanOrEqual(7 + 4);
    expect(aws.server.stats.maxResponseBytes).toBeLessThanOrEqual(1024 ** 2);
  });

  test('texts of 100,000 characters pass the limit of a row, and are read', async () => {
    await aws.pool.query('TRUNCATE note');
    await aws.pool.query(
      `INSERT INTO note SELECT n, repeat(c, 100000)
       FROM unnest(ARRAY['x', '日', '😀', '"', E'\\\\', E'\\u0001']) WITH ORDINALITY AS t(c, n)`,
    );
    const records = z.array(Note).parse(parsed((await aws.read(notes)).records));
    expect(records.map(({ body }) => [...new Set(String(body))].join(''))).toEqual([
      ...['x', '日', '😀', '"', '\\', '\u0001'],
    ]);
    expect(records.map(({ body }) => [...String(body)].length)).toEqual(Array(6).fill(100_000));
  });
});

test('a record is the JSON of the database, with every member of its table in order', async () => {
  await insert(['a "quoted"\ntext']);
  const { records } = await api.read(notes);
  expect(records).toMatchObject([{ key: '1', json: '{"id":1,"body":"a \\"quoted\\"\\ntext"}' }]);
});
