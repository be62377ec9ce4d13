import type { About, Figure } from './figure.ts';
import { cell, markdown } from './tables.ts';

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
  ...[1_000, 10_000].map((rows) => ({
    what: 'A warm list, handler to handler',
    rows,
    ours: { ...warm, subject: list },
    other: { ...warm, subject: original },
  })),
  { what: 'The first answer of a new process', ...started('empty function') },
  { what: 'The same', ...started('DynamoDB alone') },
  { what: 'The same', ...started(original) },
  { what: 'A refresh, every row changed', ...refreshed('all changed', original) },
  { what: 'The same', ...refreshed('all changed', 'SELECT through the Data API') },
  { what: 'A refresh, one row changed', ...refreshed('one row changed', original) },
  { what: 'A refresh, nothing changed', ...refreshed('unchanged', 'SELECT by pg') },
  {
    what: 'From a commit to the list of another container',
    rows: 1_000,
    ours: { measure: 'propagation', subject: 'refresh function', variant: 'no-cache' },
    other: { measure: 'propagation', subject: original, variant: 'no-cache' },
  },
  {
    what: 'Memory at most',
    rows: 100_000,
    ours: { measure: 'memory', subject: list, variant: 'peak' },
    other: { measure: 'memory', subject: original, variant: 'peak' },
  },
];

/** What matters most, each figure with the one that it is to be seen beside; what was not measured is left out. */
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
      [what, rows.toLocaleString('en'), cell(mine), `${other.subject}: ${cell(theirs)}`, times(mine, theirs)],
    ];
  });
  return markdown([['', 'Topics', 'This project', 'Beside', 'Ratio'], ...lines]);
}

function times({ median }: Figure, { median: other }: Figure) {
  const digits = (value: number) => Number(value.toPrecision(3)).toLocaleString('en');
  return median >= other ? digits(median / other) : `1 / ${digits(other / median)}`;
}
