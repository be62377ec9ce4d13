import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';

/** Tolerance: the containers' clocks have a resolution of 1 ms, and are corrected while they run. */
export const clockSlackMs = 5;

/** Tolerance: on a busy machine a process can pause between two statements, so its age is larger than necessary. */
export const schedulingSlackMs = 2_000;

/** No list is older than its Age, the Age is exact, and memory is served as fresh only for `freshForMs`. */
export const freshness: Rule = function* ({ lines, pointerBefore, pointersBetween }) {
  const freshForMs = linesOf(lines, 'begin')[0]?.freshForMs ?? 0;
  for (const read of linesOf(lines, 'read')) {
    const { answer, beganMs, atMs, how, form } = read;
    if (answer === undefined || answer.local) continue;
    const { ageMs, askedMs, answeredMs, stale, pinned, version, from } = answer;

    if (ageMs < beganMs - askedMs - clockSlackMs)
      yield { rule: 'honest age: it is not less than the time since the question', lines: [read] };
    // During the fetch of chunks, or of a pinned generation, another request may revalidate.
    if (from === 'memory' && !stale && !pinned && ageMs > atMs - askedMs + schedulingSlackMs)
      yield { rule: 'honest age: it counts from the last question that was answered', lines: [read] };
    const nobodyWasAsked = answeredMs < beganMs;
    if (!stale && nobodyWasAsked && beganMs - askedMs > freshForMs + clockSlackMs)
      yield { rule: 'bounded staleness: memory is fresh for so long and no longer', lines: [read] };

    if (how === 'version') continue;
    const sinceMs = beganMs - ageMs - clockSlackMs;
    const published = pointerBefore(sinceMs);
    const entry = published?.entries.find((one) => one.form === form);
    if (!pinned && entry !== undefined && version < entry.generation)
      yield { rule: 'honest age: nothing is older than its age says', lines: [published, read] };
    const pins = new Set(pointersBetween(sinceMs, atMs).map(({ pin }) => pin));
    if (pins.size === 1 && pins.has(null) === pinned)
      yield { rule: 'pin: every container follows an operator', lines: [published, read] };
    if (pinned && !pointersBetween(sinceMs, atMs).some(({ pin }) => pin !== null && version <= pin))
      yield { rule: 'pin: what is answered is the pinned generation', lines: [published, read] };
  }
};
