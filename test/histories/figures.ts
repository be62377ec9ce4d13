import { type Line, linesOf } from './line.ts';
import { readSnapshot } from './truth.ts';

/** What happened in a run, in lines for people. */
export function figuresOf(lines: readonly Line[]): string[] {
  const transactions = linesOf(lines, 'transaction');
  const reads = linesOf(lines, 'read');
  const heads = linesOf(lines, 'head');
  const [end] = linesOf(lines, 'end');
  const lags = lagsMs(lines);
  return [
    `transactions: ${counts(transactions.map(({ outcome }) => outcome))}; events: ${end?.events ?? '?'}`,
    `refreshes: ${counts(linesOf(lines, 'refresh').map(({ outcome, code }) => code ?? outcome))}`,
    `mishaps: ${counts(linesOf(lines, 'mishap').map(({ what }) => what))}`,
    `reads: ${counts(reads.map(({ how }) => how))}`,
    `  answered: ${counts(reads.map(({ code, answer }) => code ?? (answer?.stale ? 'stale' : `from ${answer?.from}`)))}`,
    `versions: ${heads.length} heads, ${new Set(heads.map(({ etag }) => etag)).size} contents; statements: ${end?.statements ?? '?'}`,
    `commit to published: median ${quantile(lags, 0.5)} ms, 99 % ${quantile(lags, 0.99)} ms, most ${quantile(lags, 1)} ms`,
    `faults: ${Object.entries(end?.faults ?? {})
      .map(([fault, count]) => `${fault} ${count}`)
      .join(', ')}`,
  ];
}

function counts(names: readonly string[]): string {
  const groups = Map.groupBy(names, (name) => name);
  const sorted = [...groups].map(([name, all]) => [name, all.length] as const).sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}

/** From each commit's acknowledgement to the first head that shows it; 0 where the head was first. */
function lagsMs(lines: readonly Line[]): number[] {
  const heads = linesOf(lines, 'head').sort((a, b) => a.atMs - b.atMs);
  const lags: number[] = [];
  let waiting = linesOf(lines, 'transaction').filter(({ outcome }) => outcome === 'committed');
  for (const { snapshot, atMs } of heads) {
    const { shows } = readSnapshot(snapshot);
    for (const { xid, atMs: committedMs } of waiting)
      if (shows(xid)) lags.push(Math.max(0, atMs - committedMs));
    waiting = waiting.filter(({ xid }) => !shows(xid));
  }
  return lags.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
