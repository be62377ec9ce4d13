import { Client } from 'pg';
import { change as event, get, gzip } from '../events.ts';
import { besideEach, type Figure, quartiles } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { startFunction, startPeer, withAll } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { touch } from './refresh.ts';

/** Resident memory at most of whole processes: both functions and the original. At 1,000,000 rows the times of a life, too. */
export const measure: Measure = async ({ world, now, quick, large, progress }) => {
  const figures: Figure[] = [];
  for (const rows of [...(quick ? [10_000] : [100_000]), ...(large ? [1_000_000] : [])]) {
    progress(`memory, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`memory_${rows}`, rows);
    const environment = await world.cached(database);
    const writer = new Client({ connectionString: database.url });
    await writer.connect();
    const add = (id: string, what: string, unit: Figure['unit'], value: number, atMost?: number) =>
      figures.push({
        id,
        what,
        rows,
        unit,
        ours: quartiles([value]),
        ...(atMost === undefined ? {} : { atMost }),
      });
    await withAll(async (later) => {
      await later(Promise.resolve({ stop: () => writer.end() }));
      const originalMiB = large && rows > 100_000 ? undefined : await originalPeak(database.url);
      const beside = (id: string, what: string, own: number) => {
        const samples = new Map([
          [names.now as string, [own]],
          ...(originalMiB === undefined ? [] : [[names.original, [originalMiB]] as const]),
        ]);
        figures.push(...besideEach({ id, what, rows, unit: 'MiB' }, samples));
      };
      const refresh = await later(startRefresh(now, environment));
      const [firstMs = 0] = (await refresh.do({ event }, 'published')).times;
      add('large.first', 'First publication, in a new process', 'ms', firstMs);
      await touch(writer, 'one changed');
      const [oneMs = 0] = (await refresh.do({ event }, 'published')).times;
      add('large.one', 'The next refresh, one row changed', 'ms', oneMs);
      beside('memory.refresh', 'Memory at most, refresh function', await refresh.peakMiB());

      const { file } = await now.bundle('functions/list.ts');
      for (const [name, path] of [
        ['a page of 100', `/topics/?limit=100&after=${rows / 2}`],
        ['one record', `/topics/${rows / 2}/`],
      ] as const) {
        const fresh = await startFunction('list', file, environment);
        const [ms = 0] = (await fresh.do({ event: get(path) }, '200')).times;
        add(`large.${name}`, `A new process’s first call: ${name}`, 'ms', ms);
        await fresh.stop();
      }
      const list = await later(startFunction('list', file, environment));
      const isTooLarge = rows > 100_000; // for an answer of Lambda
      for (let n = 0; n < 5; n += 1)
        await list.do({ event: get('/topics/', gzip) }, isTooLarge ? '413' : '200');
      if (isTooLarge) await list.do({ event: get('/topics/?limit=1000') }, '200');
      beside('memory.list', 'Memory at most, list function', await list.peakMiB());
    });
  }
  return figures;
};

async function originalPeak(databaseUrl: string) {
  const original = await startPeer(await installPeers(), 'original', databaseUrl);
  await original.do({ path: '/topics/' }, '200');
  const peak = await original.peakMiB();
  await original.stop();
  return peak;
}
