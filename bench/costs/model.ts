import type { Figure } from '../figure.ts';
import { footprintOf, MissingFigureError } from './footprint.ts';
import { inputTables } from './input-tables.ts';
import { inputsFor } from './inputs.ts';
import { scaleTables } from './scale-tables.ts';
import { type Case, costTables } from './tables.ts';

const sizes = [1_000, 10_000, 100_000];

/**
 * Both models, reckoned with what was measured.
 *
 * @param tell told of each number of topics that is left out, as something of it was not measured
 * @returns Markdown by the name of the marker; undefined where there is too little to reckon with
 */
export async function modelTables(figures: readonly Figure[], tell: (sentence: string) => void) {
  const cases: Case[] = [];
  for (const rows of sizes)
    try {
      cases.push({ footprint: footprintOf(rows, figures), inputs: await inputsFor(rows, figures) });
    } catch (error) {
      if (!(error instanceof MissingFigureError)) throw error;
      tell(`Left out: ${error.message}.`);
    }
  return cases.length === 0
    ? undefined
    : { ...costTables(cases), ...inputTables(cases), ...scaleTables(cases) };
}
