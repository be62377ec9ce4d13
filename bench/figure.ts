import * as z from 'zod';

const Quartiles = z.object({ median: z.number(), low: z.number(), high: z.number(), samples: z.int() });
export type Quartiles = z.output<typeof Quartiles>;

/** One line of the report: a measure of this project and of another subject in the same run. */
export const Figure = z.object({
  /** `cold.list`: unique with `rows` and `beside.name`. The cost model looks figures up by it. */
  id: z.string(),
  what: z.string(),
  /** The rows of all tables together. */
  rows: z.int(),
  unit: z.enum(['ms', 'MiB', 'KB', 'calls', 'units', 'requests/s']),
  ours: Quartiles,
  beside: z.optional(z.object({ name: z.string(), value: Quartiles })),
  /** The target of the ratio; without another subject, of the value. */
  atMost: z.optional(z.number()),
});
export type Figure = z.output<typeof Figure>;

/** @throws RangeError without a sample */
export function quartiles(samples: readonly number[]): Quartiles {
  if (samples.length === 0) throw new RangeError('quartiles need at least one sample');
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share);
  return { median: at(0.5), low: at(0.25), high: at(0.75), samples: sorted.length };
}

/** Interpolates between the two nearest samples. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const [below = 0, above = below] = sorted.slice(Math.floor(at), Math.floor(at) + 2);
  return below + (above - below) * (at - Math.floor(at));
}

/** This project's median, divided by the other's. */
export const ratioOf = ({ ours, beside }: Figure) =>
  beside === undefined ? undefined : ours.median / beside.value.median;

/** Whether the ranges between the quartiles overlap, so that the run shows no difference. */
export const isClose = ({ ours, beside }: Figure) =>
  beside !== undefined && ours.low <= beside.value.high && beside.value.low <= ours.high;

/** Undefined without a target. */
export const isMet = (figure: Figure): boolean | undefined =>
  figure.atMost === undefined ? undefined : (ratioOf(figure) ?? figure.ours.median) <= figure.atMost;

/** A figure without another subject. @param atMost its target */
export const single = (
  figure: Pick<Figure, 'id' | 'what' | 'rows' | 'unit'>,
  samples: readonly number[],
  atMost?: number,
): Figure => ({ ...figure, ours: quartiles(samples), ...(atMost === undefined ? {} : { atMost }) });

/** One figure per subject that is compared with the first one. @param samples of every subject, by name */
export function besideEach(
  figure: Pick<Figure, 'id' | 'what' | 'rows' | 'unit'>,
  samples: ReadonlyMap<string, readonly number[]>,
  targets: Readonly<Record<string, number>> = {},
): Figure[] {
  const [own, ...others] = [...samples].map(([name, values]) => ({ name, value: quartiles(values) }));
  if (own === undefined) throw new RangeError(`${figure.id} has no samples of a subject`);
  if (others.length === 0) return [{ ...figure, ours: own.value }];
  return others.map((beside) => {
    const atMost = targets[beside.name];
    return { ...figure, ours: own.value, beside, ...(atMost === undefined ? {} : { atMost }) };
  });
}
