import { parts } from '../pg-snapshot.ts';
import type { DatasetSource } from '../source/dataset-source.ts';
import { mostPending, type RefreshState } from '../stores/requests.ts';

/** A transaction that is still running this long after its announcement is given up and reported. */
export const longestPendingMs = 24 * 60 * 60_000;

/** Whether every transaction up to this id is finished in the pg_snapshot. */
export const isPassed = (snapshot: string, transactionId: string) =>
  BigInt(transactionId) < parts(snapshot).xmin;

export const expired = (pending: RefreshState['pending'], nowMs: number) =>
  [...pending].filter(([, announcedAtMs]) => announcedAtMs < nowMs - longestPendingMs).map(([id]) => id);

/**
 * The transactions that are running at a pg_snapshot: a new refresh item does not know which of them were announced.
 * For ids above `xmax` the server is asked, up to the first id that it has not assigned.
 */
export async function notIncluded(
  snapshot: string,
  source: Pick<DatasetSource, 'settled'>,
  deadlineMs: number,
): Promise<string[]> {
  const { xmax, running } = parts(snapshot);
  const found = [...running].map(String);
  let from = xmax;
  for (let asked = 1; found.length < mostPending; asked = Math.min(64, 2 * asked)) {
    const ids = Array.from({ length: asked }, (_, at) => String(from + BigInt(at)));
    const { impossible } = await source.settled({ pending: ids, deadlineMs });
    const given = ids.filter((id) => !impossible.includes(id));
    found.push(...given);
    if (given.length < ids.length) break;
    from += BigInt(asked);
  }
  return found;
}
