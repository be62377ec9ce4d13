import { expect, test } from '@jest/globals';
import { keysOf } from '../../lib/tables/key.ts';

const bigint = keysOf({ by: '', type: 'bigint' });
const uuid = keysOf({ by: '', type: 'uuid' });
const text = keysOf({ by: '', type: 'text' });

test('integers are in the order of numbers, beyond 2^53 too', () => {
  const keys = ['10', '9', '-1', '9007199254740993', '9007199254740992', '-9223372036854775808'];
  expect(keys.toSorted(bigint.compare)).toEqual([
    ...['-9223372036854775808', '-1', '9', '10', '9007199254740992', '9007199254740993'],
  ]);
});

test('texts are in the order of code points, not of UTF-16 units', () => {
  expect(['😀', '\uff5e', 'z', 'Z', 'é'].toSorted(text.compare)).toEqual(['Z', 'z', 'é', '\uff5e', '😀']);
});

test('a key is taken in any form that names it', () => {
  expect(['7', '007', '-0', '1.5', '', ' 7', '1e3'].map(bigint.parse)).toEqual([
    ...['7', '7', '0', undefined, undefined, undefined, undefined],
  ]);
  expect(uuid.parse('0A1B2C3D-4E5F-6789-ABCD-EF0123456789')).toBe('0a1b2c3d-4e5f-6789-abcd-ef0123456789');
  expect(uuid.parse('0a1b2c3d')).toBeUndefined();
});
