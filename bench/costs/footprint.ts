import type { Figure } from '../figure.ts';

/** What DynamoDB bills, and how many requests it takes. */
export interface Capacity {
  requests: number;
  readUnits: number;
  writeUnits: number;
}

/** What a table of topics takes, as the benchmark counted it. */
export interface Footprint {
  rows: number;
  /** The answer of `GET /topics/`. */
  bodyBytes: number;
  gzipBytes: number;
  chunks: number;
  /** All chunks, packed. */
  chunkBytes: number;
  headBytes: number;
  /** A refresh that finds nothing new, in a database that has moved on. */
  unchanged: Capacity;
  oneRow: Capacity;
  allRows: Capacity;
  /** The minute's look for what was left undone. */
  idle: Capacity;
  /** A container's question whether its memory is good. */
  validate: Capacity;
  /** A new container's first answer. */
  fill: Capacity;
  /** A container's question after one row has changed. */
  fillOneRow: Capacity;
}

/** The benchmark has not measured something, at that number of rows. */
export class MissingFigureError extends Error {}

export type Which = Pick<Figure, 'measure' | 'subject' | 'variant'>;

/** @throws MissingFigureError */
export function medianOf(figures: readonly Figure[], rows: number, which: Which): number {
  const { measure, subject, variant } = which;
  const found = figures.find(
    (figure) =>
      figure.rows === rows &&
      figure.measure === measure &&
      figure.subject === subject &&
      figure.variant === variant,
  );
  if (found === undefined)
    throw new MissingFigureError(`no figure of ${rows} topics for ${measure}, ${subject}, ${variant}`);
  return found.median;
}

/** @throws MissingFigureError */
export function footprintOf(rows: number, figures: readonly Figure[]): Footprint {
  const counted = (subject: string, variant: string) =>
    medianOf(figures, rows, { measure: 'traffic', subject, variant });
  const capacity = (subject: string, variant: string): Capacity => ({
    requests: counted(subject, `${variant}: DynamoDB requests`),
    readUnits: counted(subject, `${variant}: DynamoDB read units`),
    writeUnits: counted(subject, `${variant}: DynamoDB write units`),
  });
  return {
    rows,
    bodyBytes: counted('snapshot', 'list'),
    gzipBytes: counted('snapshot', 'list as gzip'),
    chunks: counted('snapshot', 'chunks'),
    chunkBytes: counted('snapshot', 'all chunks'),
    headBytes: counted('snapshot', 'head'),
    unchanged: capacity('refresh function', 'unchanged'),
    oneRow: capacity('refresh function', 'one row changed'),
    allRows: capacity('refresh function', 'all changed'),
    idle: capacity('refresh function', 'nothing to do'),
    validate: capacity('list function', 'nothing new'),
    fill: capacity('list function', 'a new container'),
    fillOneRow: capacity('list function', 'one row changed'),
  };
}
