/**
 * From the event to the published snapshot: the bundled refresh function in a process of its own, beside the
 * original's /refresh/, and beside plain SELECTs of all rows, which is what a reader pays who reads them all.
 * All are asked in turn in each round, after the same change. What goes over the wires is counted by
 * refresh-traffic.ts, which times nothing.
 */
import { Client } from 'pg';
import { type Figure, figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import {
  type Reader,
  refreshFunction,
  startOthers,
  startRefreshFunction,
} from '../subjects/refresh-readers.ts';
import { inTurns } from '../turns.ts';
import type { Place } from '../world.ts';
import { change, changes, expectOutcome, expectRead, restore } from './refresh-changes.ts';

export const measure: Measure = async ({ world, sizes, quick, progress }) => {
  const figures: Figure[] = [];
  for (const rows of sizes) {
    const place = await world.withCache(await world.at(rows), `refresh-${rows}`);
    const writer = new Client({ connectionString: place.databaseUrl });
    await writer.connect();
    try {
      progress(`refreshes at ${rows.toLocaleString('en')} topics`);
      const rounds = quick ? 3 : rows < 100_000 ? 20 : 10;
      figures.push(...(await timed(place, writer, rounds)));
    } finally {
      await restore(writer);
      await writer.end();
    }
  }
  return figures;
};

async function timed(place: Place, writer: Client, rounds: number): Promise<Figure[]> {
  const readers = [await startRefreshFunction(place), ...(await startOthers(place))];
  const figures: Figure[] = [];
  try {
    for (const reader of readers) for (let warmUp = 0; warmUp < 3; warmUp += 1) await reader.read();
    for (const variant of changes) {
      const read = async (reader: Reader) => {
        const { ms, outcome } = await reader.read();
        if (reader.name === refreshFunction) expectOutcome(variant, outcome);
        else expectRead(reader.name, place.rows, outcome);
        return ms;
      };
      const times = await inTurns(rounds, readers, read, () => change(writer, variant));
      for (const [{ name: subject }, samples] of times)
        figures.push(
          figureOf({ measure: 'refresh', subject, variant, rows: place.rows, unit: 'ms' }, samples),
        );
    }
  } finally {
    for (const reader of readers) await reader.stop();
  }
  return figures;
}
