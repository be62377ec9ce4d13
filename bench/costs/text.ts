/** 12,345 */
export const count = (value: number) =>
  Number.isFinite(value) ? Math.round(value).toLocaleString('en') : 'too many';

/** Three digits that mean something, or a whole number: 0.0123, 1.23, 1,234. */
export const precise = (value: number) =>
  Number.isInteger(value)
    ? count(value)
    : value.toLocaleString('en', { maximumSignificantDigits: 3, maximumFractionDigits: 20 });

export const dollars = (usd: number) =>
  !Number.isFinite(usd)
    ? 'cannot'
    : usd === 0
      ? '0'
      : usd < 0.01
        ? '< $0.01'
        : `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

export const percent = (share: number) => `${precise(100 * share)} %`;

/** The first column is text, the others are aligned to the right where all of them are figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isFigure = (at: number) =>
    at > 0 &&
    rows.length > 0 &&
    rows.every((row) => /^[<>$\d]|^(all|the first|does not keep it|cannot|too many|–)$/.test(row[at] ?? ''));
  const rule = head.map((_, at) => (isFigure(at) ? '--:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
