import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';
import { byVersion } from '../published.ts';
import { readSnapshot } from '../truth.ts';

/** When writers are quiet, and the schedule has come by, what is published is the table, and nothing is left to do. */
export const convergence: Rule = function* (lines) {
  const end = linesOf(lines, 'end')[0];
  const head = linesOf(lines, 'head').sort(byVersion).at(-1);
  if (end === undefined || head === undefined) {
    yield { rule: 'convergence: the run came to an end, with something published', lines: [end, head] };
    return;
  }
  if (end.served < end.requested || end.pending.length > 0)
    yield { rule: 'no change lost: nothing stays open', lines: [end] };
  if (head.etag !== end.tableHash)
    yield { rule: 'convergence: what is published is the table', lines: [head, end] };
  const { shows } = readSnapshot(head.snapshot);
  for (const transaction of linesOf(lines, 'transaction'))
    if (!shows(transaction.xid))
      yield { rule: 'no change lost: each finished transaction is published', lines: [transaction, head] };
  const reads = linesOf(lines, 'read');
  const asked = new Set(reads.filter(({ last }) => last).map(({ process }) => process));
  for (const read of reads) {
    if (!asked.has(read.process))
      yield { rule: 'convergence: each reader is asked once more', lines: [read] };
    if (read.last && read.answer?.hash !== end.tableHash)
      yield { rule: 'convergence: each reader serves the table', lines: [read, end] };
  }
};
