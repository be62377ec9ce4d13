import type { About, Figure } from './figure.ts';
import { markdownTable, times } from './markdown.ts';
import { cell, noDifference, overlap } from './tables.ts';

type Case = Pick<About, 'measure' | 'subject' | 'variant'>;

interface Comparison {
  what: string;
  rows: number;
  ours: Case;
  /** With whose figure it is compared, in the same run. */
  other: Case;
}

const warm = { measure: 'warm', variant: 'plain' };
const list = 'list function';
const original = 'FastAPI + Django';
const looped = (variant: string): Omit<Comparison, 'what'> => ({
  rows: 1_000,
  ours: { measure: 'loop', subject: list, variant },
  other: { measure: 'loop', subject: 'constant function', variant },
});
const refreshed = (variant: string, subject: string): Omit<Comparison, 'what'> => ({
  rows: 10_000,
  ours: { measure: 'refresh', subject: 'refresh function', variant },
  other: { measure: 'refresh', subject, variant },
});
const started = (subject: string): Omit<Comparison, 'what'> => ({
  rows: 1_000,
  ours: { measure: 'cold', subject: list, variant: 'total' },
  other: { measure: 'cold', subject, variant: 'total' },
});

const comparisons: readonly Comparison[] = [
  { what: 'A warm list through the runtime, plain', ...looped('plain') },
  { what: 'The same, gzip', ...looped('gzip') },
  { what: 'The same, not modified', ...looped('304') },
  { what: 'The same, gzip, where DynamoDB is asked first', ...looped('asks DynamoDB') },
  ...[1_000, 10_000].map((rows) => ({
    what: 'A warm list, plain, until its bytes are out; beside it, the handler alone',
    rows,
    ours: { measure: 'loop', subject: list, variant: 'plain' },
    other: { ...warm, subject: original },
  })),
  ...[1_000, 10_000].flatMap((rows) =>
    [original, 'FastAPI, bytes kept'].map((subject) => ({
      what: 'A warm list, handler to handler',
      rows,
      ours: { ...warm, subject: list },
      other: { ...warm, subject },
    })),
  ),
  { what: 'The first answer of a new process', ...started('empty function') },
  { what: 'The same', ...started('DynamoDB alone') },
  { what: 'The same', ...started(original) },
  { what: 'A refresh, every row changed', ...refreshed('all changed', original) },
  { what: 'The same', ...refreshed('all changed', 'SELECT through the Data API') },
  { what: 'A refresh, one row changed', ...refreshed('one row changed', original) },
  { what: 'A refresh, nothing changed', ...refreshed('unchanged', 'SELECT by pg') },
  ...['from the write', 'from the commit'].map((moment) => ({
    what: `Until another process has a change, ${moment}`,
    rows: 1_000,
    ours: { measure: 'propagation', subject: 'refresh function', variant: `no-cache, ${moment}` },
    other: { measure: 'propagation', subject: original, variant: `no-cache, ${moment}` },
  })),
  ...[list, 'refresh function'].map((subject) => ({
    what: `Memory at most, ${subject}`,
    rows: 100_000,
    ours: { measure: 'memory', subject, variant: 'peak' },
    other: { measure: 'memory', subject: original, variant: 'peak' },
  })),
];

/**
 * What matters most, each figure with the one that it is to be seen beside; what was not measured is left
 * out.
 */
export function summaryOf(figures: readonly Figure[]): string {
  const lines = comparisons.flatMap(({ what, rows, ours, other }) => {
    const find = ({ measure, subject, variant }: Case) =>
      figures.find(
        (one) =>
          one.measure === measure && one.subject === subject && one.variant === variant && one.rows === rows,
      );
    const [mine, theirs] = [find(ours), find(other)];
    if (mine === undefined || theirs === undefined) return [];
    return [
      [what, rows.toLocaleString('en'), cell(mine), `${other.subject}: ${cell(theirs)}`, ratio(mine, theirs)],
    ];
  });
  return markdownTable(['', 'Topics', 'This project', 'Beside', 'This project takes'], lines);
}

/** How many times as much the first one is as the other, or which part of it. */
function ratio(mine: Figure, theirs: Figure) {
  if (overlap(mine, theirs)) return noDifference;
  if (mine.median >= theirs.median) return times(mine.median, theirs.median);
  return times(theirs.median, mine.median).replace('×', '1 /');
}
