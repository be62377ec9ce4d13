import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';
import { createCommitted, readSnapshot } from '../truth.ts';

/** After a commit, a refresh, a request with the transaction's id, or a later answer includes it. */
export const readYourWrite: Rule = function* (history) {
  const { lines, chain, placeOf, epochOf, publishedOf, pointerBefore } = history;
  const byEpoch = Map.groupBy(linesOf(lines, 'transaction'), ({ epoch }) => epoch);
  const committed = new Map([...byEpoch].map(([epoch, all]) => [epoch, createCommitted(all)]));

  /** Transactions that were committed before a time, and that a read of an epoch lacks. */
  function missing(snapshot: string, epoch: number, beforeMs: number) {
    const later = [...byEpoch].filter(([other]) => other > epoch).flatMap(([, all]) => all);
    return (
      committed.get(epoch)?.missing(snapshot, beforeMs) ??
      later.find(({ outcome, atMs }) => outcome === 'committed' && atMs < beforeMs)
    );
  }

  for (const refresh of linesOf(lines, 'refresh')) {
    const { revision, forms = [] } = refresh;
    if (revision === undefined) continue;
    const pointer = chain[placeOf(revision) ?? -1];
    if (pointer === undefined) {
      yield { rule: 'a refresh answers a pointer that was stored', lines: [refresh] };
      continue;
    }
    for (const entry of pointer.entries.filter(({ form }) => forms.includes(form))) {
      const epoch = epochOf(pointer, entry);
      const lost = epoch === undefined ? undefined : missing(entry.snapshot, epoch, refresh.beganMs);
      if (lost !== undefined)
        yield {
          rule: 'read your write: a refresh shows what was committed before it',
          lines: [lost, refresh, pointer],
        };
    }
  }

  for (const read of linesOf(lines, 'read')) {
    const { answer, how, transaction, beganMs } = read;
    if (answer === undefined || answer.local) continue;
    const place = publishedOf(answer);
    const at = chain[place?.to ?? -1];
    if (transaction !== undefined && place !== undefined && at !== undefined) {
      // Until the first refresh after a crash no guarantee holds, because ids are assigned again.
      const isSameEpoch = epochOf(at, place.entry) === transaction.epoch;
      if (isSameEpoch && !readSnapshot(answer.snapshot).shows(transaction.xid))
        yield { rule: 'a transaction that a request names is in the answer', lines: [read] };
    }
    if (how !== 'no-cache' || answer.stale || answer.pinned) continue;
    const published = generationIn(pointerBefore(beganMs), read);
    if (published !== undefined && answer.version < published)
      yield {
        rule: 'read your write: no-cache is not older than what was published before it',
        lines: [pointerBefore(beganMs), read],
      };
  }
};

/** The pointer's entry of the table in the reader's form. */
const generationIn = (pointer: LineOf<'pointer'> | undefined, { form }: LineOf<'read'>) =>
  pointer?.entries.find((entry) => entry.form === form)?.generation;
