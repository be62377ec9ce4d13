import * as z from 'zod/mini';

/** Rows from one key up to the next run's, and their last digest; without a digest they are read in any case. */
export interface KnownRun {
  firstKey: string;
  digest: string | undefined;
  rows: number;
  /** The size of their records as JSON. */
  bytes: number;
}

const Count = z.int().check(z.nonnegative());
const Part = z.pipe(
  z.tuple([Count, z.string(), z.string(), Count, Count, z.string()]),
  z.transform(([run, first, last, rows, bytes, digest]) => ({ run, first, last, rows, bytes, digest })),
);
type Part = z.output<typeof Part>;

/** The changes of one table since the known runs were read, as `planSql` finds them. */
export const Plan = z.object({
  /** The digest of all rows. */
  digest: z.string(),
  /** Unchanged runs, counted from 1, and their row counts. */
  kept: z.array(z.tuple([Count, Count])),
  /** The rows of all other runs, in order. */
  parts: z.array(Part),
  /** A key that two rows have. */
  twice: z.nullable(z.string()),
  /** Whether a row's key is NULL. */
  keyless: z.boolean(),
  /** The key of a row beyond the size limit. */
  large: z.nullable(z.string()),
});
export type Plan = z.output<typeof Plan>;
/** The part of a plan that says which rows to read. */
export type Changes = Pick<Plan, 'kept' | 'parts'>;

/** The next step in key order: an unchanged run, or rows to read. */
export type Step = { kept: true; run: number; rows: number } | ({ kept: false } & Part);

/** The input of one statement: contiguous key ranges. Empty: no statement. */
export interface PlannedPage {
  ranges: [first: string, last: string][];
  /** In order: what the sink receives once the rows have arrived. */
  steps: Step[];
}

export function stepsOf({ kept, parts }: Changes): Step[] {
  const steps: Step[] = [
    ...kept.map(([run, rows]): Step => ({ kept: true, run, rows })),
    ...parts.map((part): Step => ({ kept: false, ...part })),
  ];
  return steps.sort((a, b) => a.run - b.run); // the sort is stable: the parts of a run stay in order
}

/**
 * Fills pages with as many parts as a response holds; a larger part is a page of its own, and takes several
 * responses.
 */
export function pagesOf(plan: Changes, pageBytes: number): PlannedPage[] {
  const pages: PlannedPage[] = [];
  let page: PlannedPage | undefined;
  let room = 0;
  let before: Step | undefined;
  for (const step of stepsOf(plan)) {
    if (page === undefined || (!step.kept && step.bytes > room)) {
      page = { ranges: [], steps: [] };
      pages.push(page);
      room = pageBytes;
      before = undefined;
    }
    page.steps.push(step);
    if (!step.kept) {
      const range = page.ranges.at(-1);
      if (range !== undefined && before?.kept === false) range[1] = step.last;
      else page.ranges.push([step.first, step.last]);
      room -= step.bytes;
    }
    before = step;
  }
  return pages;
}
