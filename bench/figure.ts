import * as z from 'zod';

const Quartiles = z.object({ median: z.number(), low: z.number(), high: z.number(), samples: z.int() });
export type Quartiles = z.output<typeof Quartiles>;

/** One line of the report: what was measured, of this project and of what stands beside it in the same run. */
export const Figure = z.object({
  /** `cold.list`, unique in a measure together with `rows` and `beside.name`; the cost model looks figures up by it. */
  id: z.string(),
  what: z.string(),
  /** Rows of the table; of all tables, where there are several. */
  rows: z.int(),
  unit: z.enum(['ms', 'MiB', 'KB', 'calls', 'units', 'requests/s']),
  ours: Quartiles,
  beside: z.optional(z.object({ name: z.string(), value: Quartiles })),
  /** The target: of the ratio, or of the value itself where nothing stands beside it. */
  atMost: z.optional(z.number()),
});
export type Figure = z.output<typeof Figure>;

/** @throws RangeError without a sample */
export function quartiles(samples: readonly number[]): Quartiles {
  if (samples.length === 0) throw new RangeError('quartiles of no sample');
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return { median: at(0.5), low: at(0.25), high: at(0.75), samples: sorted.length };
}

/** Interpolated between the two samples around it. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below = 0, above = below] = sorted.slice(Math.floor(at), Math.floor(at) + 2);
  return below + (above - below) * (at - Math.floor(at));
}

/** This project's median, divided by the other's. */
export const ratioOf = ({ ours, beside }: Figure) =>
  beside === undefined ? undefined : ours.median / beside.value.median;

/** Whether the run cannot tell the two apart: their quartiles have values in common. */
export const isClose = ({ ours, beside }: Figure) =>
  beside !== undefined && ours.low <= beside.value.high && beside.value.low <= ours.high;

/** Undefined without a target. */
export const isMet = (figure: Figure): boolean | undefined =>
  figure.atMost === undefined ? undefined : (ratioOf(figure) ?? figure.ours.median) <= figure.atMost;

/** A figure that stands alone. @param atMost its target */
export const single = (
  figure: Pick<Figure, 'id' | 'what' | 'rows' | 'unit'>,
  samples: readonly number[],
  atMost?: number,
): Figure => ({ ...figure, ours: quartiles(samples), ...(atMost === undefined ? {} : { atMost }) });

/** One figure for each subject that stands beside the first one. @param samples of every subject, by its name */
export function besideEach(
  figure: Pick<Figure, 'id' | 'what' | 'rows' | 'unit'>,
  samples: ReadonlyMap<string, readonly number[]>,
  targets: Readonly<Record<string, number>> = {},
): Figure[] {
  const [own, ...others] = [...samples].map(([name, values]) => ({ name, value: quartiles(values) }));
  if (own === undefined) throw new RangeError(`no subject of ${figure.id}`);
  if (others.length === 0) return [{ ...figure, ours: own.value }];
  return others.map((beside) => {
    const atMost = targets[beside.name];
    return { ...figure, ours: own.value, beside, ...(atMost === undefined ? {} : { atMost }) };
  });
}
