import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';

/** What is down is told as unavailable. Any other code is a fault of the code, not of the parts that it runs on. */
const unavailable = new Set([
  'database_unavailable',
  'transaction_lost',
  'cache_unavailable',
  'nothing_published',
]);

export const explained: Rule = function* (lines) {
  for (const refresh of linesOf(lines, 'refresh'))
    if (refresh.outcome === 'failed' && !unavailable.has(refresh.code ?? ''))
      yield { rule: 'a refresh fails for what is down alone', lines: [refresh] };
  const answered = new Set<string>();
  for (const read of linesOf(lines, 'read')) {
    if (read.answer !== undefined) answered.add(read.process);
    else if (read.code === 'transaction_not_included' && read.xid !== undefined) continue;
    else if (answered.has(read.process) || !unavailable.has(read.code ?? ''))
      yield { rule: 'never fatal: a reader that holds anything serves it', lines: [read] };
  }
};
