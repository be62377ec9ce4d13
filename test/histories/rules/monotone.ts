import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';

/** Publications only advance, each pointer replaces the one that was read, and no reader goes back. */
export const monotone: Rule = function* ({ lines, chain }) {
  const inChain = new Set(chain);
  for (const pointer of linesOf(lines, 'pointer'))
    if (!inChain.has(pointer))
      yield { rule: 'monotone: a pointer replaces the one before it', lines: [pointer] };
  for (const [at, pointer] of chain.entries()) {
    const before = chain[at - 1];
    if (before === undefined) continue;
    const { generation, oldest, sweep } = before;
    if (pointer.generation < generation || pointer.oldest < oldest || pointer.sweep < sweep)
      yield { rule: 'monotone: generation, history and sweep only go on', lines: [before, pointer] };
    const isRaised = pointer.generation > generation;
    for (const entry of pointer.entries) {
      const same = before.entries.find(({ form }) => form === entry.form);
      const isOther = same === undefined || same.generation !== entry.generation || same.etag !== entry.etag;
      if (isOther && (!isRaised || entry.generation !== pointer.generation))
        yield { rule: 'monotone: content changes with the generation alone', lines: [before, pointer] };
      if (same !== undefined && same.etag === entry.etag && same.changed !== entry.changed)
        yield { rule: 'unneeded work is free: the same content keeps its change', lines: [before, pointer] };
    }
  }

  // A pin may move a reader back and forth. Lists that bypass the shared stores have their own generations.
  // Of two overlapping reads, either may return the older list, because a chunk can arrive late.
  const held = new Map<string, { read: LineOf<'read'>; newest: LineOf<'read'> }[]>();
  for (const read of linesOf(lines, 'read')) {
    const { answer, how } = read;
    if (answer === undefined || answer.pinned || answer.local || how === 'version') continue;
    const name = `${read.process} ${read.table}`;
    const reads = held.get(name) ?? [];
    held.set(name, reads);
    const before = reads.findLast((one) => one.read.atMs <= read.beganMs)?.newest;
    if (before?.answer !== undefined && answer.version < before.answer.version)
      yield { rule: 'monotone: a reader never goes back', lines: [before, read] };
    const newest = reads.at(-1)?.newest;
    const isNewer = newest?.answer === undefined || answer.version >= newest.answer.version;
    reads.push({ read, newest: isNewer ? read : newest });
  }
};
