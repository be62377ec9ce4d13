import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactInteger, parseExact } from '../../client/exact-json.ts';
import { compareKeys, createRecords } from '../../client/records.ts';

interface Row {
  id: string | number | bigint;
  rank: number;
}

const integers = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((key) => exactInteger(String(key)));
const nearBy = fc
  .bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 9n })
  .map((key) => exactInteger(String(key)));
const texts = fc.string({ unit: 'grapheme', maxLength: 4 });
const rowsOf = (key: fc.Arbitrary<Row['id']>) =>
  fc.uniqueArray(fc.record({ id: key, rank: fc.nat(5) }), { selector: ({ id }) => id, maxLength: 40 });
/** Two lists with many keys in common. */
const twoLists = fc.oneof(...[integers, nearBy, texts].map((key) => fc.tuple(rowsOf(key), rowsOf(key))));
const orders = fc.constantFrom(undefined, (a: Row, b: Row) => b.rank - a.rank);

/** By UTF-8, as PostgreSQL's `COLLATE "C"`. */
const naiveCompare = (a: Row['id'], b: Row['id']) =>
  typeof a === 'string' && typeof b === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : Number(BigInt(a) - BigInt(b));

function differenceOf(before: readonly Row[], after: readonly Row[]) {
  const former = new Map(before.map((row) => [row.id, row]));
  const kept = new Set(after.map(({ id }) => id));
  return {
    upserts: after.filter(({ id, rank }) => former.get(id)?.rank !== rank),
    deletes: before.map(({ id }) => id).filter((id) => !kept.has(id)),
    count: after.length,
  };
}

test('a difference turns one list into the other, in the order of keys or in another', () => {
  fc.assert(
    fc.property(twoLists, orders, ([before, after], compare) => {
      const records = createRecords<Row>('id', compare);
      records.replace(before, before.length);
      const held = records.all();
      records.apply(differenceOf(before, after));
      const expected = after.toSorted((a, b) => compare?.(a, b) || naiveCompare(a.id, b.id));
      expect(records.all()).toEqual(expected);
      for (const row of after) expect(records.get(row.id)).toEqual(row);
      for (const { id } of before)
        expect(records.get(id) === undefined).toBe(!after.some((row) => row.id === id));
      expect(held).toHaveLength(before.length);
    }),
    { numRuns: 150 },
  );
});

test('an invalid difference leaves the records unchanged', () => {
  fc.assert(
    fc.property(
      twoLists,
      fc.constantFrom('count', 'delete', 'twice', 'keyless'),
      ([before, after], fault) => {
        const records = createRecords<Row>('id');
        records.replace(before, before.length);
        const held = records.all();
        const right = differenceOf(before, after);
        const row = { id: 'new', rank: 1 };
        const wrong = {
          count: { ...right, count: right.count + 1 },
          delete: { ...right, deletes: [...right.deletes, 'not there'], count: right.count - 1 },
          twice: { ...right, upserts: [...right.upserts, row, row], count: right.count + 2 },
          keyless: { ...right, upserts: [...right.upserts, { rank: 1 }], count: right.count + 1 },
        }[fault];
        expect(() => records.apply(wrong)).toThrow();
        expect(records.all()).toBe(held);
        for (const one of before) expect(records.get(one.id)).toBe(one);
      },
    ),
    { numRuns: 100 },
  );
});

test('strings are compared by their UTF-8', () => {
  const units = fc.oneof(texts, fc.constantFrom('\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'));
  const strings = fc
    .array(units, { maxLength: 3 })
    .map((parts) => parts.join(''))
    .filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(strings, strings, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(naiveCompare(a, b));
    }),
  );
});

describe('JSON is read exactly', () => {
  test.each([
    ['{"id":9007199254740993}', { id: 9007199254740993n }],
    ['[9007199254740992, -9223372036854775808]', [9007199254740992, -9223372036854775808n]],
    [
      '{"price":1234567890.12345678901,"at":"1234567890123456789"}',
      { price: Number('1234567890.12345678901'), at: '1234567890123456789' },
    ],
    ['[100000000000000000000,1e25]', [1e20, 1e25]],
  ])('%s', (text, expected) => {
    expect(parseExact(text)).toEqual(expected);
  });
});
