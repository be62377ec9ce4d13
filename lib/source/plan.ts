import * as z from 'zod/mini';

/** Rows from one key up to the next run's, and the digest that they had; undefined: they are to be read anyway. */
export interface KnownRun {
  firstKey: string;
  digest: string | undefined;
}

const Count = z.int().check(z.nonnegative());

/** What has changed since the known runs were read, as `planSql` finds it. */
export const Plan = z.object({
  /** Of all rows of the table. */
  digest: z.string(),
  /** Runs, counted from 1, whose rows are as they were, and how many they are. */
  kept: z.array(z.tuple([Count, Count])),
  /** The rows of all other runs, in order. */
  parts: z.array(
    z.pipe(
      z.tuple([Count, z.string(), z.string(), Count, Count, z.string()]),
      z.transform(([run, first, last, rows, bytes, digest]) => ({ run, first, last, rows, bytes, digest })),
    ),
  ),
  /** Whether those rows come along. */
  withRows: z.boolean(),
});
export type Plan = z.output<typeof Plan>;
type Part = Plan['parts'][number];

/** What one statement is to read: ranges of keys, with nothing else between the keys of one. */
export interface PlannedPage {
  ranges: [first: string, last: string][];
  /** Whose rows are in these ranges. */
  parts: Part[];
}

/** Parts in order, as many to a page as an answer holds; one that is larger comes in several answers. */
export function pagesOf({ kept, parts }: Plan, pageBytes: number): PlannedPage[] {
  const keptRuns = kept.map(([run]) => run);
  const pages: PlannedPage[] = [];
  let room = 0;
  for (const part of parts) {
    let page = pages.at(-1);
    const before = page?.parts.at(-1);
    if (page === undefined || part.bytes > room) {
      page = { ranges: [], parts: [] };
      pages.push(page);
      room = pageBytes;
    }
    const range = page.ranges.at(-1);
    if (range !== undefined && !keptRuns.some((run) => run > (before?.run ?? 0) && run < part.run))
      range[1] = part.last;
    else page.ranges.push([part.first, part.last]);
    page.parts.push(part);
    room -= part.bytes;
  }
  return pages;
}
