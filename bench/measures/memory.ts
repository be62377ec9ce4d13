import { change as event, get, gzip } from '../events.ts';
import { besideEach, type Figure, single } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { type Process, startFunction, startPeer, startProcess } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { touch } from './refresh.ts';

/** The limits that Lambda gives Node.js in a function of 512 MB. */
const lambdaHeap = ['--max-semi-space-size=25', '--max-old-space-size=461'];
const texts = ['title', 'comment'];
const filters = [
  ...['id__gte=500', 'dt__gte=2024-01-01T00:00:00Z', 'dt__year=2024', 'search=django'],
  ...texts.flatMap((name) => [`${name}__contains=django`, `${name}__icontains=django`, `${name}__gte=d`]),
];
const orders = ['id', 'dt', ...texts].flatMap((name) => [`ordering=${name}`, `ordering=-${name}`]);
/** Every column is filtered and ordered, with texts in any case; orders repeat until they are kept; some pages are far ahead. */
const queries = [
  ...['', ...filters].map((query) => ({ query, requests: 2 })),
  ...orders.map((query) => ({ query, requests: 12 })),
  ...orders.map((query) => ({ query: `${query}&offset=5000`, requests: 2 })),
];

/** The peak resident memory of both functions' processes, compared with the original's, and the times of their first calls. */
export const measure: Measure = async ({ world, later, python, now, quick, large, progress }) => {
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
    add('first', 'The first publication of a new process', await refresh.do({ event }, 'published'));
    await touch(writer, 'one row changed');
    add('one', 'The next refresh, one row changed', await refresh.do({ event }, 'published'));
    const fresh = await later(startFunction('list', file, environment));
    const record = { event: get(`/topics/${rows / 2}/`) };
    add('one record', 'The first call after the start: one record', await fresh.do(record, '200'));
    const list = await later(startFunction('list', file, environment));
    const isTooLarge = rows > 100_000; // exceeds a Lambda response
    await list.do({ event: get('/topics/', gzip), requests: 5 }, isTooLarge ? '413' : '200');
    await compare('refresh', 'Peak memory, refresh function', refresh);
    await compare('list', 'Peak memory, list function', list);
    if (isTooLarge) continue;
    const { file: runner } = await now.bundle('bench/processes/call-function.ts');
    const queried = await later(
      startProcess('list', [process.execPath, ...lambdaHeap, runner, file], environment),
    );
    for (const { query, requests } of queries) {
      const path = query === '' ? '/topics/' : `/topics/?${query}&limit=20&count=exact`;
      await queried.do({ event: get(path, gzip), requests }, '200');
    }
    const what = 'Peak memory, list function, queries over all columns';
    figures.push(single({ id: 'memory.queries', what, rows, unit: 'MiB' }, [await queried.peakMiB()], 256));
  }
  return figures;
};
