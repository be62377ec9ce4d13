import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ChunkSizes, createCutter } from '../../lib/snapshots/cut.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { naiveDigest, storedRecord } from '../fakes/records.ts';

type Run = readonly StoredRecord[];

/** `fill` is more than a changed row, which has at most 21 bytes. */
const sizes = fc
  .integer({ min: 22, max: 200 })
  .map((fillBytes): ChunkSizes => ({ fillBytes, mostBytes: 2 * fillBytes }));

/** The bytes of each row's JSON, sometimes more than a chunk allows. */
const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 60 });

/** One row changes at a time, anywhere in the table. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('change', 'insert', 'delete'),
    at: fc.integer({ min: 0, max: 1_000 }),
    length: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 40 },
);

describe('cut', () => {
  test('has every record once and in order, for any runs', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(lengths), async (sizes, runs) => {
        const given = runs.map((lengths, at) => rowsOf(lengths, at * 1_000));
        expect((await cut(given, sizes)).flat()).toEqual(given.flat());
      }),
    );
  });

  test('makes no chunk larger than the most, but of one record that is', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, lengths, async (sizes, lengths) => {
        for (const run of await cut([rowsOf(lengths)], sizes))
          if (run.length > 1) expect(sizeOf(run)).toBeLessThanOrEqual(sizes.mostBytes);
      }),
    );
  });

  test('leaves no two neighbours that are small enough to be one', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(lengths), async (sizes, lengths) => {
        const runs = await cut(
          lengths.map((run, at) => rowsOf(run, at * 1_000)),
          sizes,
        );
        for (const [at, run] of runs.slice(1).entries())
          expect(sizeOf(run) + sizeOf(runs[at] ?? [])).toBeGreaterThan(sizes.fillBytes / 2);
      }),
    );
  });

  test('fills the chunks of a new table', async () => {
    const runs = await cut([rowsOf(Array(1_000).fill(9))], { fillBytes: 100, mostBytes: 200 });
    expect(runs).toHaveLength(100);
    for (const run of runs) expect(sizeOf(run)).toBe(100);
  });

  test('keeps the boundaries of unchanged chunks', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, lengths, async (sizes, lengths) => {
        const first = await cut([rowsOf(lengths)], sizes);
        expect(await cut(first, sizes)).toEqual(first);
      }),
    );
  });

  test('a row below `fill` that is changed, added or deleted makes at most two new chunks, after any history', async () => {
    const small = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(sizes, small, changes, async (sizes, lengths, changes) => {
        let runs: Run[] = await cut([rowsOf(lengths)], sizes);
        for (const change of changes) {
          const next = await cutAgain(applied(runs.flat(), change), runs, sizes);
          const before = new Set(runs.map(textOf));
          const made = next.filter((run) => !before.has(textOf(run)));
          expect(made.length).toBeLessThanOrEqual(2);
          runs = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the first row of a chunk can go without touching the chunk before', async () => {
    const sizes = { fillBytes: 100, mostBytes: 200 };
    const [kept = [], shrunk = [], ...rest]: Run[] = await cut([rowsOf(Array(40).fill(9))], sizes);
    const records = [...kept, ...shrunk.slice(1), ...rest.flat()];
    const next = await cutAgain(records, [kept, shrunk, ...rest], sizes);
    expect(next).toEqual([kept, shrunk.slice(1), ...rest]);
  });

  test('a chunk that grows past the most becomes two', async () => {
    const grown = [...rowsOf(Array(20).fill(9)), recordOf(999_000_000, 9)];
    const chunks = await cut([grown], { fillBytes: 100, mostBytes: 200 });
    expect(chunks.map((run) => run.length)).toEqual([10, 11]);
  });

  test('no record makes no chunk', async () => {
    expect(await cut([], { fillBytes: 100, mostBytes: 200 })).toEqual([]);
    expect(await cut([[], []], { fillBytes: 100, mostBytes: 200 })).toEqual([]);
  });
});

/** Passes the records of each run in pieces of any size. */
async function cut(runs: readonly Run[], sizes: ChunkSizes, pieces = 7): Promise<Run[]> {
  const chunks: Run[] = [];
  const cutter = createCutter(sizes, async (records) => {
    chunks.push(records);
  });
  for (const [at, run] of runs.entries())
    for (let from = 0; from < run.length; from += pieces)
      await cutter.take(at, run.slice(from, from + pieces));
  await cutter.end();
  return chunks;
}

/** Cuts like a refresh: each changed run separately; the other runs stay. */
async function cutAgain(records: Run, runs: readonly Run[], sizes: ChunkSizes): Promise<Run[]> {
  const bounds = runs.map((run) => Number(run[0]?.key));
  const found = runs.map((run, at) => {
    const [from, to] = [at === 0 ? Number.NEGATIVE_INFINITY : (bounds[at] ?? 0), bounds[at + 1]];
    const now = records.filter(({ key }) => Number(key) >= from && (to === undefined || Number(key) < to));
    return naiveDigest(now) === naiveDigest(run) ? [run] : cut([now], sizes);
  });
  return (await Promise.all(found)).flat();
}

/** Keys with gaps, so that rows can be inserted between them. */
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
