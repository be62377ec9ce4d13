import { change as event, get, gzip } from '../events.ts';
import { besideEach, type Figure, single } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { type Process, startFunction, startPeer } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { touch } from './refresh.ts';

/** The peak resident memory of both functions' processes and of the original, and the times of their first calls. */
export const measure: Measure = async ({ world, later, now, quick, large, progress }) => {
  const python = await installPeers();
  const { file } = await now.bundle('functions/list.ts');
  const figures: Figure[] = [];
  for (const rows of [quick ? 10_000 : 100_000, ...(large ? [1_000_000] : [])]) {
    progress(`memory, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`memory_${rows}`, rows);
    const environment = await world.cached(database);
    const writer = await world.writer(database);
    const add = (id: string, what: string, samples: readonly number[]) =>
      figures.push(single({ id: `life.${id}`, what, rows, unit: 'ms' }, samples));
    const original = await later(startPeer(python, 'original', database.url));
    await original.do({ path: '/topics/' }, '200');
    const peakMiB = await original.peakMiB();
    const compare = async (id: string, what: string, process: Process) => {
      const samples = new Map([
        [names.now, [await process.peakMiB()]],
        [names.original, [peakMiB]],
      ]);
      figures.push(...besideEach({ id: `memory.${id}`, what, rows, unit: 'MiB' }, samples));
    };

    const refresh = await later(startRefresh(now, environment));
    add('first', 'First publication, in a new process', await refresh.do({ event }, 'published'));
    await touch(writer, 'one changed');
    add('one', 'The next refresh, one row changed', await refresh.do({ event }, 'published'));
    for (const [name, path] of [
      ['a page of 100', `/topics/?limit=100&after=${rows / 2}`],
      ['one record', `/topics/${rows / 2}/`],
    ] as const) {
      const fresh = await later(startFunction('list', file, environment));
      add(name, `The first call of a loaded function: ${name}`, await fresh.do({ event: get(path) }, '200'));
    }
    const list = await later(startFunction('list', file, environment));
    const isTooLarge = rows > 100_000; // exceeds a Lambda response
    for (let n = 0; n < 5; n += 1)
      await list.do({ event: get('/topics/', gzip) }, isTooLarge ? '413' : '200');
    await compare('refresh', 'Memory at most, refresh function', refresh);
    await compare('list', 'Memory at most, list function', list);
  }
  return figures;
};
