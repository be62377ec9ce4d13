import { markdownTable as table, threeDigits, whole } from '../markdown.ts';

/** 12,345 */
export const count = (value: number) => (Number.isFinite(value) ? whole(value) : 'too many');

/** Three digits that mean something, or a whole number: 0.0123, 1.23, 1,234. */
export const precise = (value: number) => (Number.isInteger(value) ? count(value) : threeDigits(value));

export const dollars = (usd: number) =>
  !Number.isFinite(usd)
    ? 'cannot'
    : usd === 0
      ? '0'
      : usd < 0.01
        ? '< $0.01'
        : `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

export const percent = (share: number) => `${precise(100 * share)} %`;

const figure = /^[<>$\d]|^(all|the first|does not keep it|cannot|too many|–)$/;

/** The first column is text, the others are aligned to the right where all of them are figures. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  table(head, rows, { isFigure: (cell) => figure.test(cell), isPadded: false });
