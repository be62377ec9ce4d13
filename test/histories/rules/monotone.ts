import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';
import { byVersion, compare, versionText } from '../published.ts';

/** What is published only goes forward, each head over the one before it; and no reader ever goes back. */
export const monotone: Rule = function* (lines) {
  const heads = linesOf(lines, 'head').sort(byVersion);
  let before: LineOf<'head'> | undefined;
  for (const head of heads) {
    const replaced = head.over === null ? 'nothing' : versionText(head.over);
    if (replaced !== (before === undefined ? 'nothing' : versionText(before.version)))
      yield { rule: 'monotone: a head replaces the one before it', lines: [before, head] };
    before = head;
  }

  const held = new Map<string, LineOf<'read'>>();
  for (const read of linesOf(lines, 'read')) {
    if (read.answer === undefined) continue;
    const last = held.get(read.process);
    if (last?.answer !== undefined && compare(read.answer.version, last.answer.version) < 0)
      yield { rule: 'monotone: a reader never goes back', lines: [last, read] };
    held.set(read.process, read);
  }
};
