import { createHistory, type History } from './history.ts';
import type { Line } from './line.ts';
import { convergence } from './rules/convergence.ts';
import { explained } from './rules/explained.ts';
import { freshness } from './rules/freshness.ts';
import { kept } from './rules/kept.ts';
import { monotone } from './rules/monotone.ts';
import { readYourWrite } from './rules/read-your-write.ts';
import { untorn } from './rules/untorn.ts';

/** A rule that does not hold, and the lines that show it. */
export interface Violation {
  rule: string;
  lines: readonly unknown[];
}

export type Rule = (history: History) => Iterable<Violation>;

/** In the order in which a reader of the report wants to know. */
const rules: readonly Rule[] = [untorn, monotone, readYourWrite, freshness, kept, explained, convergence];

/** Whether what happened is what was promised. It looks at nothing but the history. */
export function check(lines: readonly Line[]): Violation[] {
  const history = createHistory(lines);
  return rules.flatMap((rule) => [...rule(history)]);
}
