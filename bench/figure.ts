export const units = ['ms', 'MiB', 'bytes', 'calls', 'units', 'chunks', 'requests/s'] as const;

/**
 * What a benchmark found out: one figure for each thing measured, each subject and each number of rows.
 * Tables and plots are made of nothing else, so whatever is claimed is in `results.json`.
 */
export interface Figure {
  /**
   * What was measured: `warm`, `loop`, `throughput`, `memory`, `cold`, `modules`, `refresh`, `traffic`,
   * `propagation`.
   */
  measure: string;
  /** Whose figure it is: `list function`, `constant function`, `FastAPI + Django`, … */
  subject: string;
  /** Which case of it: `plain`, `gzip`, `304`, `unchanged`, `64 connections`, … */
  variant: string;
  /** Topics in the table. */
  rows: number;
  unit: (typeof units)[number];
  /** Of the samples, with the quartiles as their spread. */
  median: number;
  low: number;
  high: number;
  /** The 99th percentile, where there are samples enough to tell. */
  p99?: number;
  samples: number;
}

/** What a figure is of: all but its numbers. */
export type About = Pick<Figure, 'measure' | 'subject' | 'variant' | 'rows' | 'unit'>;

/** @throws RangeError without a sample */
export function figureOf(about: About, samples: readonly number[]): Figure {
  if (samples.length === 0) throw new RangeError(`no sample of ${about.subject}, ${about.variant}`);
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    ...about,
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    ...(sorted.length >= 100 ? { p99: quantile(sorted, 0.99) } : {}),
    samples: sorted.length,
  };
}

export const median = (samples: readonly number[]) =>
  quantile(
    samples.toSorted((a, b) => a - b),
    0.5,
  );

/** Between the two samples that it lies between. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below = 0, above = below] = sorted.slice(Math.floor(at), Math.floor(at) + 2);
  return below + (above - below) * (at - Math.floor(at));
}
