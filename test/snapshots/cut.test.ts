import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChunkSizes, cut } from '../../lib/snapshots/cut.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { naiveDigest, runsOf, storedRecord } from '../fakes/records.ts';

type Run = readonly StoredRecord[];

const sizes = fc
  .integer({ min: 21, max: 200 })
  .map((fillBytes): ChunkSizes => ({ fillBytes, mostBytes: 2 * fillBytes }));

/** How many bytes each row's JSON has; larger than any chunk now and then. */
const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 });

/** One row changes at a time, somewhere in the table: nearly always within the sizes that a chunk has. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('change', 'insert', 'delete'),
    at: fc.integer({ min: 0, max: 1_000 }),
    length: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 40 },
);

describe('cut', () => {
  test('has every record once and in order, whatever the runs', () => {
    fc.assert(
      fc.property(sizes, fc.array(lengths), (sizes, runs) => {
        const given = runs.map((lengths, at) => rowsOf(lengths, at * 1_000));
        expect(cut(given, sizes).flat()).toEqual(given.flat());
      }),
    );
  });

  test('makes no chunk larger than the most, but of one record that is', () => {
    fc.assert(
      fc.property(sizes, lengths, (sizes, lengths) => {
        for (const run of cut([rowsOf(lengths)], sizes))
          if (run.length > 1) expect(sizeOf(run)).toBeLessThanOrEqual(sizes.mostBytes);
      }),
    );
  });

  test('leaves no two neighbours that are small enough to be one', () => {
    fc.assert(
      fc.property(sizes, fc.array(lengths), (sizes, lengths) => {
        const runs = cut(
          lengths.map((run, at) => rowsOf(run, at * 1_000)),
          sizes,
        );
        for (const [at, run] of runs.slice(1).entries())
          expect(sizeOf(run) + sizeOf(runs[at] ?? [])).toBeGreaterThan(sizes.fillBytes / 2);
      }),
    );
  });

  test('fills the chunks of a new table', () => {
    const runs = cut([rowsOf(Array(1_000).fill(9))], { fillBytes: 100, mostBytes: 200 });
    expect(runs).toHaveLength(100);
    for (const run of runs) expect(sizeOf(run)).toBe(100);
  });

  test('cuts what has not changed where it was cut', () => {
    fc.assert(
      fc.property(sizes, lengths, (sizes, lengths) => {
        const first = cut([rowsOf(lengths)], sizes);
        expect(cut(first, sizes)).toEqual(first);
      }),
    );
  });

  test('a row that is changed, added or deleted makes at most two new chunks, after any history', () => {
    const small = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 100 });
    fc.assert(
      fc.property(sizes, small, changes, (sizes, lengths, changes) => {
        let runs: Run[] = cut([rowsOf(lengths)], sizes);
        for (const change of changes) {
          const next = cutAgain(applied(runs.flat(), change), runs, sizes);
          const before = new Set(runs.map(textOf));
          const made = next.filter((run) => !before.has(textOf(run)));
          expect(made.length).toBeLessThanOrEqual(2);
          runs = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the first row of a chunk can go without touching the chunk before', () => {
    const sizes = { fillBytes: 100, mostBytes: 200 };
    const [kept = [], shrunk = [], ...rest]: Run[] = cut([rowsOf(Array(40).fill(9))], sizes);
    const records = [...kept, ...shrunk.slice(1), ...rest.flat()];
    const next = cutAgain(records, [kept, shrunk, ...rest], sizes);
    expect(next).toEqual([kept, shrunk.slice(1), ...rest]);
  });

  test('a chunk that grows past the most becomes two', () => {
    const grown = [...rowsOf(Array(20).fill(9)), recordOf(999_000_000, 9)];
    expect(cut([grown], { fillBytes: 100, mostBytes: 200 }).map((run) => run.length)).toEqual([10, 11]);
  });

  test('nothing makes no chunk', () => {
    expect(cut([], { fillBytes: 100, mostBytes: 200 })).toEqual([]);
    expect(cut([[], []], { fillBytes: 100, mostBytes: 200 })).toEqual([]);
  });
});

/** As a refresh does it: each changed run by itself, the others as they are. */
function cutAgain(records: Run, runs: readonly Run[], sizes: ChunkSizes): Run[] {
  const known = runs.map((run) => ({ firstKey: run[0]?.key ?? '', digest: naiveDigest(run) }));
  const found = runsOf(records, known, (a, b) => Number(a) < Number(b));
  return found.flatMap((run, at) => ('records' in run ? cut([run.records], sizes) : [runs[at] ?? []]));
}

/** Keys far enough apart that there is room for rows between them. */
const recordOf = (key: number, length: number) => storedRecord(String(key), 'x'.repeat(length));
const rowsOf = (lengths: readonly number[], from = 0) =>
  lengths.map((length, at) => recordOf((from + at) * 1_000_000, length));

const sizeOf = (run: Run) => run.reduce((bytes, { json }) => bytes + json.length + 1, 0);
const textOf = (run: Run) => run.map(({ key, json }) => `${key}=${json}`).join();

function applied(records: Run, { kind, at, length }: { kind: string; at: number; length: number }): Run {
  const index = at % (records.length + 1);
  const [before, after] = [records.slice(0, index), records.slice(index)];
  const keyBefore = Number(before.at(-1)?.key ?? -1_000_000);
  const keyAfter = Number(after[0]?.key ?? keyBefore + 2_000_000);
  if (kind === 'insert') return [...before, recordOf((keyBefore + keyAfter) / 2, length), ...after];
  const [row, ...rest] = after;
  if (row === undefined) return records;
  return kind === 'delete' ? [...before, ...rest] : [...before, recordOf(Number(row.key), length), ...rest];
}
