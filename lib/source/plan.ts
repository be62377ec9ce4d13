import * as z from 'zod/mini';

/** Rows from one key up to the next run's, and the digest that they had; undefined: they are to be read anyway. */
export interface KnownRun {
  firstKey: string;
  digest: string | undefined;
}

const Count = z.int().check(z.nonnegative());
const Part = z.pipe(
  z.tuple([Count, z.string(), z.string(), Count, Count, z.string()]),
  z.transform(([run, first, last, rows, bytes, digest]) => ({ run, first, last, rows, bytes, digest })),
);
type Part = z.output<typeof Part>;

/** What has changed in one table since the known runs were read, as `planSql` finds it. */
export const Plan = z.object({
  /** Of all rows of the table. */
  digest: z.string(),
  /** Runs, counted from 1, whose rows are as they were, and how many they are. */
  kept: z.array(z.tuple([Count, Count])),
  /** The rows of all other runs, in order. */
  parts: z.array(Part),
  /** A key that two rows have. */
  twice: z.nullable(z.string()),
  /** Whether a row's key is NULL. */
  keyless: z.boolean(),
  /** The key of a row that is larger than is read. */
  large: z.nullable(z.string()),
});
export type Plan = z.output<typeof Plan>;

/** What comes next in the order of the keys: a run that is as it was, or rows that are to be read. */
export type Step = { kept: true; run: number; rows: number } | ({ kept: false } & Part);

/** What one statement is to read: ranges of keys, with nothing else between the keys of one. None: no statement. */
export interface PlannedPage {
  ranges: [first: string, last: string][];
  /** In order: what the sink is to be given once the rows are there. */
  steps: Step[];
}

export function stepsOf({ kept, parts }: Plan): Step[] {
  const steps: Step[] = [
    ...kept.map(([run, rows]): Step => ({ kept: true, run, rows })),
    ...parts.map((part): Step => ({ kept: false, ...part })),
  ];
  return steps.sort((a, b) => a.run - b.run); // the sort is stable: the parts of a run stay in order
}

/** As many parts to a page as an answer holds; one that is larger is a page of its own, and comes in several answers. */
export function pagesOf(plan: Plan, pageBytes: number): PlannedPage[] {
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
