import type { Rule } from '../check.ts';
import { type LineOf, linesOf } from '../line.ts';
import { clockSlackMs } from './freshness.ts';

/** Outages are answered with codes of unavailability; every other error code is a violation. */
const unavailable = new Set([
  ...['database_unavailable', 'transaction_lost', 'cache_unavailable'],
  ...['nothing_published', 'refresh_pending', 'publication_contended'],
]);
/** Codes of a table whose database crashes, or that is replaced, during a read. */
const ofRefresh = new Set([...unavailable, 'table_locked']);

export const explained: Rule = function* ({ lines, pointersBetween }) {
  for (const { outcome, code, ...line } of [...linesOf(lines, 'refresh'), ...linesOf(lines, 'sweep')])
    if (outcome === 'failed' && !ofRefresh.has(code ?? ''))
      yield {
        rule: 'a refresh or a sweep fails for what is down alone',
        lines: [{ ...line, outcome, code }],
      };

  const { freshForMs = 0 } = linesOf(lines, 'begin')[0] ?? {};
  const answered = new Set<string>();
  /** Whether a process's last answer was pinned, possibly from memory while the store was down. */
  const heldPin = new Map<string, boolean>();
  for (const read of linesOf(lines, 'read')) {
    const { answer, code = '', process, table } = read;
    if (answer !== undefined) {
      if (read.how !== 'version') answered.add(`${process} ${table}`);
      heldPin.set(process, answer.pinned);
      continue;
    }
    const pointers = pointersBetween(read.beganMs - freshForMs - clockSlackMs, read.atMs);
    const isPinned = heldPin.get(process) === true || pointers.some(({ pin }) => pin !== null);
    if (mayBe(read, code, isPinned)) continue;
    // Memory may lack the pinned generation, and `forget` removes the entries of another release.
    const isForgotten = pointers.some(({ entries }) => entries.every(({ form }) => form !== read.form));
    const isHeld = answered.has(`${process} ${table}`) && !isPinned && !isForgotten;
    if (isHeld || !unavailable.has(code))
      yield { rule: 'never fatal: a reader that holds anything serves it', lines: [read] };
  }
};

/** Codes for a named version or transaction that is unavailable. */
function mayBe({ how }: LineOf<'read'>, code: string, isPinned: boolean): boolean {
  if (code === 'pinned_form') return isPinned; // the pinned generation lacks this release's form
  if (how === 'transaction') return code === 'transaction_not_included' || (code === 'pinned' && isPinned);
  if (how !== 'version') return false;
  return ['version_gone', 'version_unknown', 'busy'].includes(code) || unavailable.has(code);
}
