import type { Rule } from '../check.ts';
import { type Entry, type LineOf, linesOf } from '../line.ts';
import { clockSlackMs } from './freshness.ts';

/** A generation can be read exactly as long as history keeps it, and no named blob is ever deleted. */
export const kept: Rule = function* ({ lines, chain, pointersBetween, answeredBy, hasForm }) {
  for (const broken of linesOf(lines, 'broken'))
    yield { rule: 'nothing that is named is deleted: no container misses a blob', lines: [broken] };
  for (const sweep of linesOf(lines, 'sweep'))
    if (sweep.outcome === 'broken')
      yield { rule: 'nothing that is named is deleted: a sweep can read every manifest', lines: [sweep] };

  const { freshForMs = 0, historyForMs } = linesOf(lines, 'begin')[0] ?? {};
  for (const read of linesOf(lines, 'read')) {
    const { named, answer, code, form, beganMs, atMs } = read;
    if (named === undefined) continue;
    // The pointer in memory may be this old; during an outage of the stores, as old as the answer's Age.
    const oldestMs = Math.min(beganMs - freshForMs, answer?.stale ? atMs - answer.ageMs : beganMs);
    const pointers = pointersBetween(oldestMs - clockSlackMs, atMs);
    const isKept = ({ oldest, pin }: LineOf<'pointer'>) => named >= oldest || named === pin;
    const isNamed = ({ generation, changed }: Entry) => generation === named || changed === named;
    /** The current list also stands for the generations since its last change, even after `forget`. */
    const hasStayed = ({ entries, pin }: LineOf<'pointer'>) =>
      pin === null && entries.some((entry) => entry.form === form && isNamed(entry));
    const mayBe = (pointer: LineOf<'pointer'>) =>
      isKept(pointer) || [...pointer.entries, ...answeredBy(pointer)].some(isNamed);
    if (
      code === 'version_gone' &&
      hasForm(named, form) &&
      pointers.every((one) => isKept(one) || hasStayed(one))
    )
      yield { rule: 'history: a generation that is kept can be named', lines: [read] };
    if (code === 'version_unknown' && pointers.every(({ pin, generation }) => named <= (pin ?? generation)))
      yield { rule: 'history: a generation that was seen is known', lines: [read] };
    if (answer !== undefined && pointers.length > 0 && !pointers.some(mayBe))
      yield { rule: 'forgettable: what history does not keep cannot be named', lines: [read] };
    if (answer !== undefined && answer.version !== Math.min(named, answer.generation))
      yield { rule: 'history: a named version is answered as it was', lines: [read] };
  }

  if (historyForMs === undefined) return;
  // A generation's number is a wall-clock time, and it ends at its successor's number. The lines have another clock's times.
  const behindMs = Math.min(
    ...chain.flatMap(({ beganMs, generation }) => (generation > 0 ? [beganMs - generation] : [])),
  );
  for (const [at, pointer] of chain.entries()) {
    const { sweep = 0, oldest = 0 } = chain[at - 1] ?? {};
    const thenMs = pointer.beganMs - behindMs - historyForMs + clockSlackMs;
    const current = chain.slice(0, at).findLast(({ generation }) => generation <= thenMs)?.generation ?? 0;
    if (pointer.sweep > sweep && pointer.oldest > Math.max(oldest, current))
      yield { rule: 'history: a sweep keeps what was current within its time', lines: [pointer] };
  }
};
