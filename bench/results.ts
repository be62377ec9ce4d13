import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Figure, units } from './figure.ts';

const Figures = z.array(
  z.object({
    measure: z.string(),
    subject: z.string(),
    variant: z.string(),
    rows: z.int(),
    unit: z.enum(units),
    median: z.number(),
    low: z.number(),
    high: z.number(),
    p99: z.exactOptional(z.number()),
    samples: z.int(),
  }),
) satisfies z.ZodType<Figure[]>;

const Results = z.object({
  /** What is under all figures, by name: the processor, the versions. */
  machine: z.record(z.string(), z.string()),
  /** The day of the last measurement, as YYYY-MM-DD. */
  date: z.iso.date(),
  quick: z.boolean(),
  /** What was measured, by the name of the measure; results from before commits were noted have none. */
  commits: z.record(z.string(), z.string()).default({}),
  figures: Figures,
});
export type Results = z.infer<typeof Results>;

/** @returns undefined where there is no such file */
export async function readResults(file: string): Promise<Results | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Results.parse(JSON.parse(text));
}

/**
 * One figure a line, so that a difference between two runs can be read.
 *
 * @returns what is in the file now: whatever is told of a run is told of these
 */
export async function writeResults(file: string, { figures, ...about }: Results): Promise<Results> {
  const written = figures.map(rounded);
  const lines = written.map((figure) => `    ${JSON.stringify(figure)}`).join(',\n');
  const head = JSON.stringify(about, null, 2).slice(0, -2);
  await writeFile(`${file}.new`, `${head},\n  "figures": [\n${lines}\n  ]\n}\n`);
  await rename(`${file}.new`, file); // who is cut off while writing loses nothing
  return { ...about, figures: written };
}

/** Four digits: more would be noise. */
const rounded = (figure: Figure): Figure => ({
  ...figure,
  median: fourDigits(figure.median),
  low: fourDigits(figure.low),
  high: fourDigits(figure.high),
  ...(figure.p99 === undefined ? {} : { p99: fourDigits(figure.p99) }),
});
const fourDigits = (value: number) =>
  Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));

/**
 * The figures of the measures that were taken now, and the earlier ones of the others, in the order of
 * `measures`.
 */
export function merge(
  earlier: readonly Figure[],
  now: readonly Figure[],
  measures: readonly string[],
): Figure[] {
  const taken = new Set(now.map(({ measure }) => measure));
  const kept = earlier.filter(({ measure }) => !taken.has(measure));
  return measures.flatMap((name) => [...kept, ...now].filter(({ measure }) => measure === name));
}
