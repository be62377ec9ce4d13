import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';
import { compare, createPublished } from '../published.ts';
import { createCommitted, readSnapshot } from '../truth.ts';

/** Whoever has committed, and then asks for a refresh, or names the transaction, or has just been answered, finds it. */
export const readYourWrite: Rule = function* (lines) {
  const publishedBefore = createPublished(lines);
  const committed = createCommitted(linesOf(lines, 'transaction'));

  for (const refresh of linesOf(lines, 'refresh')) {
    const { outcome, beganMs, atMs } = refresh;
    // Who was served by another's read was told so after that was published.
    const head = outcome === 'coalesced' ? publishedBefore(atMs) : refresh.head;
    if (head === undefined) {
      if (outcome === 'coalesced') yield { rule: 'a refresh that is served has a head', lines: [refresh] };
      continue;
    }
    const missing = committed.missing(head.snapshot, beganMs);
    if (missing !== undefined)
      yield {
        rule: 'read your write: a refresh shows what was committed before it',
        lines: [missing, refresh, head],
      };
  }

  for (const read of linesOf(lines, 'read')) {
    const { answer, how, xid, beganMs } = read;
    if (answer === undefined) continue;
    if (xid !== undefined && !readSnapshot(answer.snapshot).shows(xid))
      yield { rule: 'a transaction that a request names is in the answer', lines: [read] };
    const published = publishedBefore(beganMs);
    if (
      how === 'no-cache' &&
      !answer.stale &&
      published !== undefined &&
      compare(answer.version, published.version) < 0
    )
      yield {
        rule: 'read your write: no-cache is not older than what was published before it',
        lines: [published, read],
      };
  }
};
