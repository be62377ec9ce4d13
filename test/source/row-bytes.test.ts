import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rowsOf, textsOf } from '../../lib/source/row-bytes.ts';
import { rowBytes } from '../fakes/row-bytes.ts';

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 20 }));
const rows = fc.array(fc.array(text, { maxLength: 5 }), { maxLength: 10 });

test('rows are taken apart into the texts that they were made of, and each is hashed by itself', () => {
  fc.assert(
    fc.property(rows, (rows) => {
      const bytes = rows.map(rowBytes);
      const found = rowsOf(Buffer.concat(bytes));
      expect(found.map((row) => textsOf(row))).toEqual(rows);
      expect(found.map((row) => textsOf(row, 2))).toEqual(rows.map((texts) => texts.slice(0, 2)));
      expect(found.map(({ hash }) => hash)).toEqual(bytes.map((row) => hash('sha256', row, 'hex')));
    }),
  );
});

test('bytes that end within a row are refused', () => {
  const row = rowBytes(['1', 'a text', null]);
  for (let end = 1; end < row.length; end += 1)
    expect(() => rowsOf(row.subarray(0, end))).toThrow(RangeError);
});
