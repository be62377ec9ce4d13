import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareVersions, Head } from '../../lib/snapshots/head.ts';
import { headOf } from '../fakes/heads.ts';

const version = fc.record({ epoch: fc.nat(3), rank: fc.nat(3) });

describe('versions', () => {
  test('are ordered by the epoch first, then by the rank', () => {
    expect(compareVersions({ epoch: 1, rank: 900 }, { epoch: 2, rank: 3 })).toBeLessThan(0);
    expect(compareVersions({ epoch: 2, rank: 4 }, { epoch: 2, rank: 3 })).toBeGreaterThan(0);
    expect(compareVersions({ epoch: 2, rank: 3 }, { epoch: 2, rank: 3 })).toBe(0);
  });

  test('are in one order: of any three, sorted, each is no later than those after it', () => {
    fc.assert(
      fc.property(fc.tuple(version, version, version), (versions) => {
        const [a, b, c] = versions.toSorted(compareVersions);
        if (a === undefined || b === undefined || c === undefined) throw new TypeError();
        expect(compareVersions(a, b)).toBeLessThanOrEqual(0);
        expect(compareVersions(b, c)).toBeLessThanOrEqual(0);
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        expect(Math.sign(compareVersions(c, a))).toBe(-Math.sign(compareVersions(a, c)) + 0);
      }),
    );
  });
});

describe('a head', () => {
  const head = headOf({ epoch: 1, rank: 7 }, ['h'.repeat(43)]);

  test('is read as it was written', () => {
    expect(Head.parse(JSON.parse(JSON.stringify(head)))).toEqual(head);
  });

  test('that an earlier release has published, which knew nothing of rows, is read', () => {
    const { form: _form, ...rest } = head;
    const earlier = { ...rest, chunks: head.chunks.map(({ source: _source, ...chunk }) => chunk) };
    expect(Head.parse(earlier)).toEqual(earlier);
  });

  test.each([
    ['a negative rank', { ...head, rank: -1 }],
    ['half a rank', { ...head, rank: 1.5 }],
    ['no snapshot', { ...head, snapshot: 'yesterday' }],
    ['an etag that no hash has', { ...head, etag: '"7"' }],
    ['no chunks', { ...head, chunks: undefined }],
    ['a chunk of no hash', { ...head, chunks: [{ hash: 'short', firstKey: '1', bytes: 1 }] }],
  ])('with %s is refused', (_, broken) => {
    expect(Head.safeParse(broken).success).toBe(false);
  });
});
