/**
 * A Markdown table. The first column is text.
 *
 * @param isFigure what makes a cell a figure: a column of nothing else is aligned to the right; none is, unless given
 * @param isPadded whether the columns are aligned in the source too, which long cells make hard to read
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  {
    isFigure = () => false,
    isPadded = true,
  }: { isFigure?: (cell: string) => boolean; isPadded?: boolean } = {},
): string {
  const widths = head.map((_, at) =>
    isPadded ? Math.max(3, ...[head, ...rows].map((row) => [...(row[at] ?? '')].length)) : 3,
  );
  const isRight = head.map(
    (_, at) => at > 0 && rows.length > 0 && rows.every((row) => isFigure(row[at] ?? '')),
  );
  const pad = (text: string, at: number) => {
    if (!isPadded) return text;
    return isRight[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  };
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const ruler = widths.map((width, at) => (isRight[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(head), line(ruler), ...rows.map(line)].join('\n');
}

const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const noFraction = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 12,346 */
export const whole = (value: number) => noFraction.format(value);

/** 0.0123, 1.23, 1,230 */
export const threeDigits = (value: number) => significant.format(value);

/** Three digits that mean something, or all of a whole number: 0.0123, 1.23, 1,234. */
export const digits = (value: number) => (value >= 1_000 ? whole(value) : threeDigits(value));

/** × 12.3, × 1,230: how many times as much the one is as the other, in three digits. */
export const times = (one: number, other: number) => `× ${threeDigits(one / other)}`;
