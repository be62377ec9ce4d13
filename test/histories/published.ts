import { type Line, type LineOf, linesOf, type Versioned } from './line.ts';
import { lowerBound } from './truth.ts';

export const compare = (a: Versioned, b: Versioned) => a.epoch - b.epoch || a.rank - b.rank;
export const byVersion = (a: { version: Versioned }, b: { version: Versioned }) =>
  compare(a.version, b.version);
export const versionText = ({ epoch, rank }: Versioned) => `${epoch}.${rank}`;

/** The highest head whose publication was over before a moment: whoever asks from then on must find it, or a later one. */
export function createPublished(lines: readonly Line[]): (beforeMs: number) => LineOf<'head'> | undefined {
  const heads = linesOf(lines, 'head').sort((a, b) => a.atMs - b.atMs);
  const highest: LineOf<'head'>[] = [];
  for (const head of heads) {
    const before = highest.at(-1);
    highest.push(before !== undefined && byVersion(before, head) > 0 ? before : head);
  }
  return (beforeMs) => highest[lowerBound(heads, ({ atMs }) => atMs >= beforeMs) - 1];
}
