import { footprintOf } from '../../bench/costs/footprint.ts';
import { inputsFor } from '../../bench/costs/inputs.ts';
import type { Figure } from '../../bench/figure.ts';

/** Figures of the form and about the size that the benchmark gives, for a table of so many rows. */
export function measuredFigures(rows: number): Figure[] {
  const thousands = rows / 1_000;
  const chunks = Math.ceil(2.4 * thousands);
  const of = (measure: string, subject: string, variant: string, median: number): Figure => ({
    ...{ measure, subject, variant, rows, unit: 'calls', samples: 1 },
    ...{ median, low: median, high: median },
  });
  const capacity = (subject: string, variant: string, units: [number, number, number]) =>
    ['requests', 'read units', 'write units'].map((what, at) =>
      of('traffic', subject, `${variant}: DynamoDB ${what}`, units[at] ?? 0),
    );
  const headReads = Math.ceil((100 * chunks) / 4_096);
  return [
    of('loop', 'list function', 'gzip', 0.5),
    of('warm', 'list function', 'gzip', 0.03),
    of('cold', 'list function', 'total', 150),
    of('refresh', 'refresh function', 'one row changed', 60),
    of('refresh', 'FastAPI + Django', 'one row changed', 15),
    of('warm', 'FastAPI + Django', 'plain', 12),
    of('traffic', 'refresh function', 'one row changed: Data API calls', 4),
    of('traffic', 'refresh function', 'one row changed: Data API answers', 300_000 * thousands),
    of('traffic', 'snapshot', 'list', 313_000 * thousands),
    of('traffic', 'snapshot', 'list as gzip', 30_000 * thousands),
    of('traffic', 'snapshot', 'chunks', chunks),
    of('traffic', 'snapshot', 'all chunks', 38_000 * thousands),
    of('traffic', 'snapshot', 'head', 100 * chunks),
    ...capacity('refresh function', 'unchanged', [6, 1, 5]),
    ...capacity('refresh function', 'one row changed', [8, 1, 45]),
    ...capacity('refresh function', 'all changed', [10, 1, 83 * thousands]),
    ...capacity('refresh function', 'nothing to do', [1, 1, 0]),
    ...capacity('list function', 'nothing new', [1, headReads, 0]),
    ...capacity('list function', 'a new container', [2, headReads + 5 * chunks, 0]),
    ...capacity('list function', 'one row changed', [2, headReads + 5, 0]),
  ];
}

export async function measuredCase(rows: number, figures = measuredFigures(rows)) {
  return { footprint: footprintOf(rows, figures), inputs: await inputsFor(rows, figures) };
}
