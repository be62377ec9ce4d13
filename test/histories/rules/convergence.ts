import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';
import { readSnapshot } from '../truth.ts';

/** After the writers have ended and the schedule has run, the published records equal the tables, and no request is open. */
export const convergence: Rule = function* ({ lines, chain, lastEpoch }) {
  const end = linesOf(lines, 'end')[0];
  const pointer = chain.findLast(({ entries }) => entries.length > 0);
  if (end === undefined || pointer === undefined) {
    yield { rule: 'convergence: the run came to an end, with something published', lines: [end, pointer] };
    return;
  }
  if (end.served < end.requested || end.pending.length > 0)
    yield { rule: 'no change lost: nothing stays open', lines: [end] };
  if (end.garbage.length > 0) yield { rule: 'no garbage after two sweeps', lines: [end] };
  if (end.missing.length > 0) yield { rule: 'nothing that is named is deleted: it is stored', lines: [end] };

  // The last reader's form is not behind; the next reader of another release refreshes that release's form.
  const newest = pointer.entries.filter(({ request }) => request === pointer.entries[0]?.request);
  for (const { form, etag, snapshot } of newest) {
    if (etag !== end.tableHashes[form])
      yield { rule: 'convergence: what is published is the table', lines: [pointer, end] };
    const { shows } = readSnapshot(snapshot);
    for (const transaction of linesOf(lines, 'transaction'))
      if (transaction.epoch === lastEpoch && !shows(transaction.xid))
        yield {
          rule: 'no change lost: each finished transaction is published',
          lines: [transaction, pointer],
        };
  }

  const reads = linesOf(lines, 'read');
  const asked = new Set(reads.filter(({ last }) => last).map(({ process }) => process));
  for (const read of reads) {
    if (!asked.has(read.process))
      yield { rule: 'convergence: each reader is asked once more', lines: [read] };
    if (read.last && read.answer?.hash !== end.tableHashes[read.form])
      yield { rule: 'convergence: each reader serves the table', lines: [read, end] };
  }
};
