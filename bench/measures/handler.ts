import { gunzipSync } from 'node:zlib';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { startFunction, startPeer } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

/** A warm list from the event to the response, without HTTP: calls the function like Lambda, and the peers like their server. */
export const measure: Measure = async ({ world, later, python, now, quick, progress }) => {
  const { file } = await now.bundle('functions/list.ts');
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    progress(`handler to handler, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`handler_${rows}`, rows);
    const environment = await world.cached(database);
    await publish(now, environment);
    const list = await later(startFunction('list', file, environment));
    const original = await later(startPeer(python, 'original', database.url));
    const rest = await later(startPeer(python, 'rest', database.url));
    const event = get('/topics/', gzip);
    const own = gunzipSync((await list.answer({ event }, '200')).body);
    for (const path of ['/topics/', '/encoded/'])
      if (!own.equals((await original.answer({ path }, '200')).body))
        throw new Error(`The list function’s bytes differ from those of FastAPI’s ${path}.`);
    const ways = [
      { name: names.now, process: list, task: { event } },
      { name: names.original, process: original, task: { path: '/topics/' } },
      { name: names.encoded, process: original, task: { path: '/encoded/' } },
      { name: names.rest, process: rest, task: { path: '/topics/' } },
    ];
    const subjects = [];
    for (const { name, process, task } of ways) {
      const ask = (requests: number) => process.do({ ...task, requests }, '200');
      const requests = await sizeOf(ask, quick ? 50 : 200);
      subjects.push({ name, take: () => ask(requests) });
    }
    const samples = await inTurns(subjects, { rounds: quick ? 3 : 7 });
    const figure = { id: 'handler', what: 'Warm list, handler to handler', rows };
    figures.push(...besideEach({ ...figure, unit: 'ms' }, samples));
  }
  return figures;
};

/** @returns the number of warm requests that take about this time */
async function sizeOf(ask: (requests: number) => Promise<number[]>, batchMs: number): Promise<number> {
  for (let requests = 1; ; requests *= 2) {
    const ms = (await ask(requests)).reduce((sum, time) => sum + time, 0);
    if (ms >= batchMs || requests >= 2_000) return requests;
  }
}
