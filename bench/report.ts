import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { benchDir, projectDir, run } from './build.ts';
import { costTables } from './costs/tables.ts';
import { Figure, isClose, isMet, type Quartiles, ratioOf } from './figure.ts';
import { fillDocument, markdown } from './markdown.ts';
import { names } from './measure.ts';

const Measured = z.object({
  name: z.string(),
  date: z.string(),
  commit: z.string(),
  machine: z.string(),
  /** The commit of `--beside`. */
  former: z.optional(z.string()),
  figures: z.array(Figure),
});
type Measured = z.output<typeof Measured>;
const Results = z.array(Measured);

export const resultsFile = join(projectDir, 'bench/results.json');
export const quickFile = join(benchDir, 'results.json');

export async function readResults(file: string): Promise<Measured[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return Results.parse(JSON.parse(text));
}

/** Replaces the file's figures of this measure. */
export async function addMeasure(file: string, measured: Omit<Measured, 'date' | 'commit'>) {
  const others = (await readResults(file)).filter(({ name }) => name !== measured.name);
  const date = new Date().toISOString().slice(0, 10);
  const added = { date, commit: await currentCommit(), ...measured };
  await writeFile(file, `${JSON.stringify([...others, added], undefined, 1)}\n`);
}

/** The short commit, with `+` if a file differs on which figures depend. */
async function currentCommit(): Promise<string> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: projectDir })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--', '.', ':!bench/results.json', ':!docs');
    return `${(await git('rev-parse', 'HEAD')).slice(0, 12)}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

const digits = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const valueText = ({ median, low, high, samples }: Quartiles, unit: string) =>
  samples === 1 || low === high
    ? `${digits(median)} ${unit}`
    : `${digits(median)} ${unit} (${digits(low)}–${digits(high)})`;

/** `× 1.2`, `1 / 40`; with `≈` if the quartiles overlap. */
export function ratioText(figure: Figure): string {
  const ratio = ratioOf(figure);
  if (ratio === undefined) return '';
  if (isClose(figure) && figure.ours.samples > 1) return `≈ ${digits(ratio)}`;
  return ratio >= 0.5 ? `× ${digits(ratio)}` : `1 / ${digits(1 / ratio)}`;
}

const targetText = (figure: Figure, target: string) =>
  isMet(figure) === true ? `, ${target}` : `, **over ${target}**`;

/** `67 ms (66–84), × 1.03, ≤ 1.15` */
function besideText(figure: Figure): string {
  if (figure.beside === undefined) return '';
  const target = figure.atMost === undefined ? '' : targetText(figure, `≤ ${figure.atMost}`);
  return `${valueText(figure.beside.value, figure.unit)}, ${ratioText(figure)}${target}`;
}

/** A Markdown table of figures, with a column per compared subject; without one, a column per number of rows. */
export function tableOf(figures: readonly Figure[]): string {
  const others = [...new Set(figures.flatMap(({ beside }) => beside?.name ?? []))];
  const sizes = [...new Set(figures.map(({ rows }) => rows))].sort((a, b) => a - b);
  const isBySize = others.length === 0;
  const lines = Map.groupBy(figures, ({ what, rows }) => (isBySize ? what : `${what}\t${rows}`));
  const ownText = (figure: Figure | undefined) => {
    if (figure === undefined) return '–';
    const isTarget = figure.beside === undefined && figure.atMost !== undefined;
    return `${valueText(figure.ours, figure.unit)}${isTarget ? targetText(figure, `≤ ${figure.atMost}`) : ''}`;
  };
  const rows = [...lines.values()].map((line) => [
    line[0]?.what ?? '',
    ...(isBySize
      ? sizes.map((size) => ownText(line.find(({ rows }) => rows === size)))
      : [line[0]?.rows.toLocaleString('en') ?? '', ownText(line[0])]),
    ...others.map((name) =>
      line
        .filter(({ beside }) => beside?.name === name)
        .map(besideText)
        .join(''),
    ),
  ]);
  const own = isBySize ? sizes.map((size) => `${size.toLocaleString('en')} rows`) : ['rows', 'this project'];
  return markdown(['', ...own, ...others], rows);
}

/** The figures in README.md and README.ja.md, each compared with the original: id and rows. */
const inShort = {
  handler: 1_000,
  'cold.list': 100_000,
  'refresh.one row changed': 10_000,
  propagation: 1_000,
  'memory.list': 100_000,
};

/** Replaces the tables of docs/performance.md, README.md and README.ja.md. */
export async function writeDocuments(results: readonly Measured[]) {
  const figures = results.flatMap(({ figures }) => figures);
  const tables = new Map([
    ...results.map(({ name, figures }) => [name, tableOf(figures)] as const),
    ...costTables(figures),
  ]);
  tables.set('machine', provenance(results));
  const short = Object.entries(inShort).flatMap(([id, rows]) =>
    figures.filter((one) => one.id === id && one.rows === rows && one.beside?.name === names.original),
  );
  tables.set('summary', tableOf(short));
  for (const name of ['docs/performance.md', 'README.md', 'README.ja.md']) {
    const file = join(projectDir, name);
    await writeFile(file, fillDocument(await readFile(file, 'utf8'), tables));
  }
}

function provenance(results: readonly Measured[]): string {
  const ofMachine = (some: readonly Measured[]) =>
    [...Map.groupBy(some, ({ commit, date, former = '–' }) => `${commit} of ${date} beside ${former}`)]
      .map(([commits, measures]) => `${commits}: ${measures.map(({ name }) => name).join(', ')}`)
      .join('; ');
  const rows = [...Map.groupBy(results, ({ machine }) => machine)];
  return markdown(
    ['Machine', 'Commits'],
    rows.map(([machine, some]) => [machine, ofMachine(some)]),
  );
}
