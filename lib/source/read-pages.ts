import { workAtOnce } from '../at-once.ts';
import type { Query } from '../data-api/data-api.ts';
import { type Plan, pagesOf } from './plan.ts';
import { digestOf, rowsOf, type SourceRow } from './row-bytes.ts';
import { readStream } from './stream.ts';

/**
 * Reads the rows that a plan names, page by page. Whenever they are read, and by whatever statement: rows that have the
 * digests of the plan are the rows of its moment.
 *
 * @param options.atOnce statements at a time; in a transaction, one
 * @param take makes of a page's rows what is wanted, while others are on their way
 * @returns in order; undefined where a row is not as it was planned, or larger than the answers that may be had.
 */
export async function readPages<T>(
  query: Query,
  sql: string,
  plan: Plan,
  { pageBytes, atOnce, mostAnswers }: { pageBytes: number; atOnce: number; mostAnswers: number },
  take: (rows: readonly SourceRow[]) => T,
): Promise<T[] | undefined> {
  const taken: T[] = [];
  let asPlanned = true;
  await workAtOnce(pagesOf(plan, pageBytes), atOnce, async ({ ranges, parts }, at) => {
    if (!asPlanned) return;
    const bytes = await readStream(query, sql, { ranges: JSON.stringify(ranges) }, { mostAnswers });
    const rows = bytes === undefined ? [] : rowsOf(bytes);
    let from = 0;
    for (const part of parts) {
      const hashes = rows.slice(from, from + part.rows).map(({ hash }) => hash);
      if (digestOf(hashes) !== part.digest) asPlanned = false;
      from += part.rows;
    }
    if (asPlanned && rows.length === from) taken[at] = take(rows);
    else asPlanned = false;
  });
  return asPlanned ? taken : undefined;
}
