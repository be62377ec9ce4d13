import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Figure } from './figure.ts';

const Figures = z.array(
  z.object({
    measure: z.string(),
    subject: z.string(),
    variant: z.string(),
    rows: z.int(),
    unit: z.enum(['ms', 'MiB', 'bytes', 'calls', 'requests/s']),
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
  figures: Figures,
});
export type Results = z.infer<typeof Results>;

/** @returns undefined where there is no such file */
export async function readResults(file: string): Promise<Results | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Results.parse(JSON.parse(text));
}

/** One figure a line, so that a difference between two runs can be read. */
export async function writeResults(file: string, { figures, ...about }: Results) {
  const lines = figures.map((figure) => `    ${JSON.stringify(rounded(figure))}`).join(',\n');
  const head = JSON.stringify(about, null, 2).slice(0, -2);
  await writeFile(file, `${head},\n  "figures": [\n${lines}\n  ]\n}\n`);
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

/** The figures of the measures that were taken now, and the earlier ones of the others, in the order of `measures`. */
export function merge(
  earlier: readonly Figure[],
  now: readonly Figure[],
  measures: readonly string[],
): Figure[] {
  const taken = new Set(now.map(({ measure }) => measure));
  const kept = earlier.filter(({ measure }) => !taken.has(measure));
  return measures.flatMap((name) => [...kept, ...now].filter(({ measure }) => measure === name));
}
