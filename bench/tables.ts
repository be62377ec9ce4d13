import type { Figure } from './figure.ts';
import { digits, markdownTable, times, whole } from './markdown.ts';

/** With whom the others are compared, if not with the list function. */
const references: Record<string, string> = { refresh: 'refresh function', propagation: 'refresh function' };

/** Where a subject has one case only, which stands beside every case of the reference. */
const onlyCases: Record<string, string> = { warm: 'plain' };

/** What is counted, not timed, and has no counterpart. */
const counted = new Set(['traffic']);

/** Where a few slow answers matter, and are told. */
const withTails = new Set(['loop', 'propagation']);

const unknown = '–';

/** The Markdown table of one measure. */
export function tableOf(measure: string, figures: readonly Figure[]): string {
  const own = figures.filter((figure) => figure.measure === measure);
  if (measure === 'modules') return modules(own);
  return counted.has(measure) ? counts(own) : comparison(measure, own);
}

/** A column for each number of topics. */
function counts(own: readonly Figure[]) {
  const sizes = [...new Set(own.map(({ rows }) => rows))].sort((a, b) => a - b);
  const kinds = new Map(
    own.map(({ subject, variant, unit }) => [
      JSON.stringify([subject, variant, unit]),
      { subject, variant, unit },
    ]),
  );
  const lines = [...kinds.values()].map(({ subject, variant, unit }) => {
    const at = (rows: number) =>
      own.find(
        (one) => one.subject === subject && one.variant === variant && one.unit === unit && one.rows === rows,
      );
    return [subject, variant, ...sizes.map(at).map((figure) => (figure ? cell(figure) : unknown))];
  });
  return markdownTable(['Subject', 'Case', ...sizes.map((rows) => `${whole(rows)} topics`)], lines);
}

/**
 * A row for each number of topics and each case, the median of each subject with the quartiles, and, where
 * somebody is compared, how many times as much it takes, or how many times fewer it answers.
 */
function comparison(measure: string, own: readonly Figure[]) {
  const subjects = unique(own.map(({ subject }) => subject));
  const reference = references[measure] ?? 'list function';
  const ratioName = own.some(({ unit }) => unit === 'requests/s') ? `${reference} ÷` : `÷ ${reference}`;
  const isCompared = (subject: string) => subject !== reference && subjects.includes(reference);

  const header = subjects.flatMap((name) => (isCompared(name) ? [name, ratioName] : [name]));
  const lines = casesOf(own).map(({ rows, variant, unit }) => {
    const find = (subject: string, of = variant) =>
      own.find(
        (one) => one.subject === subject && one.rows === rows && one.variant === of && one.unit === unit,
      );
    const compared = find(reference);
    const cells = subjects.flatMap((subject) => {
      const figure = find(subject) ?? (subject === reference ? undefined : find(subject, onlyCases[measure]));
      const standIn = figure?.variant === variant ? '' : `, ${figure?.variant}`;
      const tail = figure && withTails.has(measure) ? tailOf(figure) : '';
      const text = figure ? `${cell(figure)}${tail}${standIn}` : unknown;
      if (!isCompared(subject)) return [text];
      return [text, figure && compared ? ratio(figure, compared) : unknown];
    });
    return [whole(rows), variant, ...cells];
  });
  return markdownTable(['Topics', 'Case', ...header], lines);
}

/** A row for each part of a bundle. */
function modules(own: readonly Figure[]) {
  const medianOf = (subject: string, variant: string) =>
    own.find((one) => one.subject === subject && one.variant === variant)?.median;
  const kilobytes = (bytes = 0) => (bytes === 0 ? '' : (bytes / 1000).toFixed(1));
  const lines = unique(own.map(({ subject }) => subject)).map((subject) => [
    subject,
    kilobytes(medianOf(subject, 'at load')),
    kilobytes(medianOf(subject, 'later')),
    medianOf(subject, 'import')?.toFixed(1) ?? '',
  ]);
  return markdownTable(['Part', 'KB at load', 'KB later', 'ms to import'], lines);
}

/** A table of names and values. */
export const listing = (values: Record<string, string>) => markdownTable(['', ''], Object.entries(values));

/** Of a rate, more is better. */
function ratio(other: Figure, reference: Figure) {
  if (overlap(other, reference)) return noDifference;
  const [more, less] = other.unit === 'requests/s' ? [reference, other] : [other, reference];
  return times(more.median, less.median);
}

/** In place of a ratio, where the run cannot tell two figures apart. */
export const noDifference = '≈';

/** Whether the middle halves of the samples of both have values in common. */
export const overlap = (one: Figure, other: Figure) => one.low <= other.high && other.low <= one.high;

export function cell({ median, low, high, unit, samples }: Figure) {
  const text = unit === 'ms' || unit === 'MiB' || unit === 'requests/s' ? digits : whole;
  const spread = samples > 1 && low !== high ? ` (${text(low)}–${text(high)})` : '';
  return `${text(median)} ${median === 1 ? (singular[unit] ?? unit) : unit}${spread}`;
}

const singular: Partial<Record<Figure['unit'], string>> = { calls: 'call', units: 'unit', chunks: 'chunk' };

const tailOf = ({ p99, samples }: Figure) =>
  p99 === undefined ? '' : `, p99 ${digits(p99)}, n ${whole(samples)}`;

/** By the number of topics, and in the order in which they were measured. */
function casesOf(figures: readonly Figure[]) {
  const cases = new Map(
    figures.map(({ rows, variant, unit }) => [
      JSON.stringify([rows, variant, unit]),
      { rows, variant, unit },
    ]),
  );
  return [...cases.values()].sort((a, b) => a.rows - b.rows);
}

const unique = (names: readonly string[]) => [...new Set(names)];
