import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareNullable, compareTexts, upper } from '../../lib/query/compare.ts';
import { compareRows, folded, rowsInRange, rowsWith, textAt, toTexts } from '../../lib/query/texts.ts';

/** Of one to four bytes, in an order that differs from that of UTF-16 units. */
const text = fc.string({ unit: fc.constantFrom('a', 'A', 'ß', 'é', '質', '\uffff', '😀'), maxLength: 4 });
const values = fc.array(fc.option(text), { maxLength: 12 });
const textsOf = (all: readonly (string | null)[]) => toTexts(all.length, (row) => all[row] ?? null);

/** The rows whose text, if any, passes. */
const rowsWhere = (all: readonly (string | null)[], passes: (one: string) => boolean) =>
  all.flatMap((one, row) => (one !== null && passes(one) ? [row] : []));

test('texts are read back, as they are and folded', () =>
  fc.assert(
    fc.property(values, (all) => {
      const texts = textsOf(all);
      expect(all.map((_, row) => textAt(texts, row))).toEqual(all);
      const capitals = folded(texts, upper);
      expect(all.map((_, row) => textAt(capitals, row))).toEqual(all.map((one) => one && upper(one)));
    }),
  ));

test('a needle is found in the rows that contain it, at the start and at the end where it must be', () =>
  fc.assert(
    fc.property(values, text, fc.boolean(), fc.boolean(), (all, needle, isAtStart, isAtEnd) => {
      const found = rowsWith(textsOf(all), { text: needle, isAtStart, isAtEnd });
      const passes = (one: string) => {
        if (isAtStart && isAtEnd) return one === needle;
        if (isAtStart) return one.startsWith(needle);
        return isAtEnd ? one.endsWith(needle) : one.includes(needle);
      };
      expect(found).toEqual(rowsWhere(all, passes));
    }),
    { numRuns: 1_000 },
  ));

test('a range has the texts between its bounds, by code points', () =>
  fc.assert(
    fc.property(
      ...[values, fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined })],
      ...[fc.boolean(), fc.boolean()],
      (all, from, to, isFromIn, isToIn) => {
        const passes = (one: string) =>
          (from === undefined || compareTexts(one, from) >= (isFromIn ? 0 : 1)) &&
          (to === undefined || compareTexts(one, to) <= (isToIn ? 0 : -1));
        expect(rowsInRange(textsOf(all), { from, to, isFromIn, isToIn })).toEqual(rowsWhere(all, passes));
      },
    ),
    { numRuns: 1_000 },
  ));

test('rows are in the order of their code points, and NULL is above all', () =>
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 2, maxLength: 2 }), ([a = null, b = null]) => {
      const order = compareRows(textsOf([null, a]), 1, textsOf([b]), 0);
      expect(Math.sign(order)).toBe(Math.sign(compareNullable(a, b)));
    }),
    { numRuns: 1_000 },
  ));
