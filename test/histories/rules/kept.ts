import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';
import { clockSlackMs } from './freshness.ts';

/** A generation is there as long as history keeps it, and not for longer; nothing that is named is ever deleted. */
export const kept: Rule = function* ({ lines, chain, pointersBetween, pointerBefore }) {
  for (const broken of linesOf(lines, 'broken'))
    yield { rule: 'nothing that is named is deleted: no container misses a blob', lines: [broken] };
  for (const sweep of linesOf(lines, 'sweep'))
    if (sweep.outcome === 'broken')
      yield { rule: 'nothing that is named is deleted: a sweep can read every manifest', lines: [sweep] };

  const { freshForMs = 0, historyForMs } = linesOf(lines, 'begin')[0] ?? {};
  for (const read of linesOf(lines, 'read')) {
    const { named, answer, code, beganMs, atMs } = read;
    if (named === undefined) continue;
    // Memory of the pointer may be as old as that.
    const pointers = pointersBetween(beganMs - freshForMs - clockSlackMs, atMs);
    const isKept = ({ oldest, pin, entries }: LineOf<'pointer'>) =>
      named >= oldest ||
      named === pin ||
      entries.some(({ generation, changed }) => generation === named || changed === named);
    if (code === 'version_gone' && pointers.every(isKept))
      yield { rule: 'history: a generation that is kept can be named', lines: [read] };
    if (code === 'version_unknown' && pointers.every(({ pin, generation }) => named <= (pin ?? generation)))
      yield { rule: 'history: a generation that was seen is known', lines: [read] };
    if (answer !== undefined && pointers.length > 0 && !pointers.some(isKept))
      yield { rule: 'forgettable: what history does not keep cannot be named', lines: [read] };
    if (answer !== undefined && answer.version !== Math.min(named, answer.generation))
      yield { rule: 'history: a named version is answered as it was', lines: [read] };
  }

  if (historyForMs === undefined) return;
  for (const [at, pointer] of chain.entries()) {
    const isOfSweep = pointer.sweep > (chain[at - 1]?.sweep ?? 0);
    const atLeast = pointerBefore(pointer.beganMs - historyForMs)?.generation ?? 0;
    const before = chain[at - 1]?.oldest ?? 0;
    if (isOfSweep && pointer.oldest > Math.max(before, atLeast))
      yield { rule: 'history: a sweep keeps what was current within its time', lines: [pointer] };
  }
};
