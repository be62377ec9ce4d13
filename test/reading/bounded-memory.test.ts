import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBoundedMemory } from '../../lib/reading/bounded-memory.ts';

describe('a bounded memory', () => {
  test('evicts the oldest value of all shelves that was not used since', () => {
    const memory = createBoundedMemory(30);
    const [numbers, texts] = [memory.shelf<number>(), memory.shelf<string>()];
    numbers.put('a', 1, 10);
    texts.put('a', 'one', 10);
    numbers.put('b', 2, 10);
    expect(numbers.get('a')).toBe(1); // used again
    numbers.put('c', 3, 10);
    expect([numbers.get('a'), texts.get('a'), numbers.get('b'), numbers.get('c')]).toEqual([
      1,
      undefined,
      2,
      3,
    ]);
  });

  test('does not keep a value that is larger than all of it, nor its predecessor', () => {
    const memory = createBoundedMemory(30);
    const shelf = memory.shelf<string>();
    shelf.put('a', 'small', 10);
    shelf.put('a', 'large', 31);
    expect(shelf.get('a')).toBeUndefined();
    expect(memory.bytes()).toBe(0);
  });

  test('stays within its bound, and keeps the value put last if it fits', () => {
    const put = fc.record({ name: fc.nat(8), bytes: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(put, { maxLength: 60 }), (puts) => {
        const memory = createBoundedMemory(100);
        const shelf = memory.shelf<number>();
        for (const [at, { name, bytes }] of puts.entries()) {
          shelf.put(String(name), at, bytes);
          expect(memory.bytes()).toBeLessThanOrEqual(100);
          expect(shelf.get(String(name))).toBe(at);
        }
      }),
    );
  });
});
