import { describe, expect, test } from '@jest/globals';
import { knownRuns } from '../../lib/publishing/known-runs.ts';
import type { Head } from '../../lib/snapshots/head.ts';
import { headOf } from '../fakes/heads.ts';
import { form } from '../fakes/records.ts';

const sizes = { fillBytes: 100, mostBytes: 200 };
const head = headOf({ epoch: 1, rank: 7 }, ['a'.repeat(43), 'b'.repeat(43)]);
const sized = (bytes: readonly number[]): Head => ({
  ...head,
  chunks: bytes.map((bytes, at) => ({
    hash: 'h'.repeat(43),
    source: 's'.repeat(43),
    firstKey: String(at),
    bytes,
  })),
});

describe('what a refresh knows of the table', () => {
  test('is where the published chunks begin, and what rows they were made of', () => {
    expect(knownRuns(sized([90, 110]), { form, sizes, rewrite: false })).toEqual([
      { firstKey: '0', digest: 's'.repeat(43) },
      { firstKey: '1', digest: 's'.repeat(43) },
    ]);
  });

  test('is nothing where nothing is published, or where rows became other records then', () => {
    expect(knownRuns(undefined, { form, sizes, rewrite: false })).toEqual([]);
    expect(knownRuns(sized([90]), { form: 'f'.repeat(43), sizes, rewrite: false })).toEqual([]);
    expect(knownRuns({ ...sized([90]), form: undefined }, { form, sizes, rewrite: false })).toEqual([]);
  });

  test('is nothing where deletions have left too many small chunks', () => {
    expect(knownRuns(sized([25, 25, 25, 25, 25]), { form, sizes, rewrite: false })).toHaveLength(5);
    expect(knownRuns(sized([25, 25, 24, 25, 25, 5, 5]), { form, sizes, rewrite: false })).toEqual([]);
  });

  test('is only where the chunks begin, when every one is to be written again', () => {
    expect(knownRuns(sized([1, 1, 1, 1, 1, 1]), { form, sizes, rewrite: true })).toEqual(
      Array.from({ length: 6 }, (_, at) => ({ firstKey: String(at), digest: undefined })),
    );
  });

  test.each([
    ['another form', 'f'.repeat(43)],
    ['none, as an earlier release wrote it', undefined],
  ])('is where the chunks begin, when every one is to be written again, where the head has %s', (_, form) => {
    const other = { ...sized([90, 110]), form };
    expect(knownRuns(other, { form: head.form ?? '', sizes, rewrite: true })).toEqual([
      { firstKey: '0', digest: undefined },
      { firstKey: '1', digest: undefined },
    ]);
  });
});
