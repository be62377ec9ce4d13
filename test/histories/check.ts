import type { Line } from './line.ts';
import { convergence } from './rules/convergence.ts';
import { explained } from './rules/explained.ts';
import { freshness } from './rules/freshness.ts';
import { monotone } from './rules/monotone.ts';
import { readYourWrite } from './rules/read-your-write.ts';
import { untorn } from './rules/untorn.ts';

/** A rule that does not hold, and the lines that show it. */
export interface Violation {
  rule: string;
  lines: readonly unknown[];
}

export type Rule = (lines: readonly Line[]) => Iterable<Violation>;

/** In the order in which a reader of the report wants to know. */
const rules: readonly Rule[] = [untorn, monotone, readYourWrite, freshness, explained, convergence];

/** Whether what happened is what was promised. It looks at nothing but the history. */
export const check: (lines: readonly Line[]) => Violation[] = (lines) =>
  rules.flatMap((rule) => [...rule(lines)]);
