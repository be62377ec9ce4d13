import { crc32 } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32Of, crc32 as crc32OfBytes } from '../../lib/snapshots/crc32.ts';

const bytes = fc.uint8Array({ maxLength: 3_000 });

test('of two runs of bytes is that of the whole, wherever it is cut', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      expect(crc32Of(crc32(first), crc32(second), second.byteLength)).toBe(whole);
    }),
  );
});

test('of bytes is zlib’s', () => {
  fc.assert(fc.property(bytes, (some) => expect(crc32OfBytes(some)).toBe(crc32(some))));
});

test('of a second run of any length is the same in one step or in two', () => {
  const lengths = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), lengths, lengths, (crc, one, other) => {
      expect(crc32Of(crc, 0, one + other)).toBe(crc32Of(crc32Of(crc, 0, one), 0, other));
    }),
  );
});

test('of many megabytes is that of the whole', () => {
  const first = Buffer.alloc(5_000_003, 'topics');
  const second = Buffer.alloc(33_554_433, 'more');
  const whole = crc32(second, crc32(first));
  expect(crc32Of(crc32(first), crc32(second), second.byteLength)).toBe(whole);
});

test('of no bytes, and combined with no bytes, is unchanged', () => {
  const crc = crc32('bytes');
  expect(crc32Of(0, crc, 5)).toBe(crc);
  expect(crc32Of(crc, 0, 0)).toBe(crc);
});
