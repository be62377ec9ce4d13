import { type AnswerLimits, answerBytes } from './answer-sql.ts';
import type { LeftOut } from './dataset-source.ts';
import { inOrder } from './in-order.ts';
import { largeRowSql, pageSql } from './page-sql.ts';
import { type PlannedPage, pagesOf } from './plan.ts';
import type { PlannedGroup } from './read-plan.ts';
import { type Reading, TableChanged } from './reading.ts';
import { digestOf, rowsOf, type SourceRow } from './row-bytes.ts';
import { readStream } from './stream.ts';

/**
 * The pages of all tables, table by table, with their rows. A table that is left out during the read yields no more
 * pages.
 */
export async function* pagesInOrder(
  { queryOver, atOnce }: Reading,
  { planned, rows }: PlannedGroup,
  leftOut: ReadonlyMap<string, LeftOut>,
  limits: AnswerLimits,
) {
  if (rows !== undefined) {
    let from = 0;
    for (const { table, plan } of planned)
      for (const page of pagesOf(plan, Number.POSITIVE_INFINITY)) {
        const count = rowCount(page);
        yield { table, page, rows: rows.slice(from, from + count) };
        from += count;
      }
    return;
  }
  function* pages() {
    for (const { table, plan } of planned)
      for (const page of pagesOf(plan, answerBytes(limits))) {
        if (leftOut.has(table.name)) break;
        yield { table, page };
      }
  }
  yield* inOrder(pages(), atOnce, async ({ table, page }) => {
    if (page.ranges.length === 0) return { table, page, rows: [] };
    const query = queryOver([table]);
    const large = largeRow(page, answerBytes(limits));
    const bytes =
      large === undefined
        ? await readStream(query, pageSql(table, limits), { ranges: JSON.stringify(page.ranges) })
        : await readStream(query, largeRowSql(table, limits), { key: large });
    const rows = rowsIn(bytes);
    if (!isAsPlanned(page, rows)) throw new TableChanged(table, 'rows');
    return { table, page, rows };
  });
}

/** Responses from different states of the rows may not form whole rows. */
function rowsIn(bytes: Buffer): SourceRow[] {
  try {
    return rowsOf(bytes);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** The key of a page's only row, if that exceeds a response. */
function largeRow({ steps }: PlannedPage, pageBytes: number): string | undefined {
  const part = steps.find((step) => !step.kept);
  return part?.rows === 1 && part.bytes > pageBytes ? part.first : undefined;
}

const rowCount = ({ steps }: PlannedPage) =>
  steps.reduce((count, step) => count + (step.kept ? 0 : step.rows), 0);

function isAsPlanned(page: PlannedPage, rows: readonly SourceRow[]): boolean {
  let from = 0;
  for (const step of page.steps) {
    if (step.kept) continue;
    const hashes = rows.slice(from, from + step.rows).map(({ hash }) => hash);
    if (digestOf(hashes) !== step.digest) return false;
    from += step.rows;
  }
  return rows.length === from;
}
