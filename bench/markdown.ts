/** A Markdown table, its columns aligned in the text too. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, at) => Math.max(3, ...lines.map((line) => [...(line[at] ?? '')].length)));
  const row = (cells: readonly string[]) =>
    `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...rows.map(row)].join('\n');
}

const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const noFraction = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 12,346 */
export const whole = (value: number) => noFraction.format(value);

/** Three digits that mean something, or all of a whole number: 0.0123, 1.23, 1,234. */
export const digits = (value: number) => (value >= 1_000 ? whole(value) : threeDigits.format(value));

/** × 12.3, × 1,230: how many times as much the one is as the other, in three digits. */
export const times = (one: number, other: number) => `× ${threeDigits.format(one / other)}`;
