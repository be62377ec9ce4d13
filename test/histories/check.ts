import { createHistory, type History } from './history.ts';
import type { Line } from './line.ts';
import { convergence } from './rules/convergence.ts';
import { explained } from './rules/explained.ts';
import { freshness } from './rules/freshness.ts';
import { kept } from './rules/kept.ts';
import { monotone } from './rules/monotone.ts';
import { readYourWrite } from './rules/read-your-write.ts';
import { untorn } from './rules/untorn.ts';

/** A violated rule, and the lines that prove it. */
export interface Violation {
  rule: string;
  lines: readonly unknown[];
}

export type Rule = (history: History) => Iterable<Violation>;

/** The rules, in the order of the report. */
const rules: readonly Rule[] = [untorn, monotone, readYourWrite, freshness, kept, explained, convergence];

/** Checks a history against every rule. The history is the only input. */
export function check(lines: readonly Line[]): Violation[] {
  const history = createHistory(lines);
  return rules.flatMap((rule) => [...rule(history)]);
}
