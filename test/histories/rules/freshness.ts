import type { Rule } from '../check.ts';
import { linesOf } from '../line.ts';
import { compare, createPublished } from '../published.ts';

/** The containers' clocks tell whole milliseconds, and are corrected while they run. */
export const clockSlackMs = 5;

/** A machine with too much to do may let a process wait between two statements: then an age is more than it need be. */
export const schedulingSlackMs = 250;

/** Nothing is older than its age says, the age is true, and memory is not fresh for longer than it was set to be. */
export const freshness: Rule = function* (lines) {
  const publishedBefore = createPublished(lines);
  const freshForMs = linesOf(lines, 'begin')[0]?.freshForMs ?? 0;
  for (const read of linesOf(lines, 'read')) {
    const { answer, beganMs, atMs } = read;
    if (answer === undefined) continue;
    const { ageMs, askedMs, answeredMs, stale, version } = answer;

    if (ageMs < beganMs - askedMs - clockSlackMs)
      yield { rule: 'honest age: it is not less than the time since the question', lines: [read] };
    if (ageMs > atMs - askedMs + schedulingSlackMs)
      yield { rule: 'honest age: it counts from the last question that was answered', lines: [read] };
    const published = publishedBefore(beganMs - ageMs - clockSlackMs);
    if (published !== undefined && compare(version, published.version) < 0)
      yield { rule: 'honest age: nothing is older than its age says', lines: [published, read] };
    const nobodyWasAsked = answeredMs < beganMs;
    if (!stale && nobodyWasAsked && beganMs - askedMs > freshForMs + clockSlackMs)
      yield { rule: 'bounded staleness: memory is fresh for so long and no longer', lines: [read] };
  }
};
