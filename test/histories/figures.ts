import { type Line, linesOf } from './line.ts';
import { readSnapshot } from './truth.ts';

/** The figures of a run, as lines of text. */
export function figuresOf(lines: readonly Line[]): string[] {
  const transactions = linesOf(lines, 'transaction');
  const reads = linesOf(lines, 'read');
  const pointers = linesOf(lines, 'pointer');
  const sweeps = linesOf(lines, 'sweep');
  const [end] = linesOf(lines, 'end');
  const lags = lagsMs(lines);
  const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((a, b = 0) => a + b, 0);
  return [
    `transactions: ${counts(transactions.map(({ outcome }) => outcome))}; events: ${end?.events ?? '?'}`,
    `refreshes: ${counts(linesOf(lines, 'refresh').map(({ outcome, code }) => code ?? outcome))}`,
    `mishaps: ${counts(linesOf(lines, 'mishap').map(({ what }) => what))}`,
    `reads: ${counts(reads.map(({ how }) => how))}`,
    `  answered: ${counts(reads.map(({ code, answer }) => code ?? (answer?.stale ? 'stale' : `from ${answer?.from}`)))}`,
    `pointers: ${pointers.length}, ${new Set(pointers.map(({ generation }) => generation)).size} generations, ${pairsOf(lines)} versions of which both tables were read; statements: ${end?.statements ?? '?'}`,
    `sweeps: ${counts(sweeps.map(({ outcome }) => outcome))}; deleted: ${sum(sweeps.map(({ deletedBlobs }) => deletedBlobs))} blobs, ${sum(sweeps.map(({ deletedGenerations }) => deletedGenerations))} generations`,
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

/** The number of comparisons of the untorn rule. */
function pairsOf(lines: readonly Line[]): number {
  const answers = linesOf(lines, 'read').flatMap(({ table, answer }) =>
    answer === undefined || answer.local ? [] : [{ table, version: answer.version }],
  );
  const versions = Map.groupBy(answers, ({ version }) => version);
  return [...versions.values()].filter((all) => new Set(all.map(({ table }) => table)).size === 2).length;
}

/** The time from each commit's acknowledgement to the first pointer that shows it; 0 if the pointer came first. */
function lagsMs(lines: readonly Line[]): number[] {
  const pointers = linesOf(lines, 'pointer').sort((a, b) => a.atMs - b.atMs);
  const crashedMs = new Map(linesOf(lines, 'restart').map(({ epoch, beganMs }) => [epoch - 1, beganMs]));
  const lags: number[] = [];
  let waiting = linesOf(lines, 'transaction').filter(({ outcome }) => outcome === 'committed');
  for (const { entries, atMs } of pointers) {
    // A commit that a crash lost is never shown, although its id can be assigned again.
    waiting = waiting.filter(({ epoch }) => atMs < (crashedMs.get(epoch) ?? Number.POSITIVE_INFINITY));
    const [entry] = entries;
    if (entry === undefined) continue;
    const { shows } = readSnapshot(entry.snapshot);
    // Before the transaction began, its id belonged to another one.
    const isShown = ({ xid, beganMs }: { xid: string; beganMs: number }) => beganMs < atMs && shows(xid);
    for (const one of waiting) if (isShown(one)) lags.push(Math.max(0, atMs - one.atMs));
    waiting = waiting.filter((one) => !isShown(one));
  }
  return lags.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
