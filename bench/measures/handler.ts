import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { type Process, startFunction, startPeer } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

/** A warm list from the event to the response, without HTTP: calls the function like Lambda, and the peers like their server. */
export const measure: Measure = async ({ world, later, now, quick, progress }) => {
  const python = await installPeers();
  const { file } = await now.bundle('functions/list.ts');
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    progress(`handler to handler, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`handler_${rows}`, rows);
    const environment = await world.cached(database);
    await publish(now, environment);
    const list = await later(startFunction('list', file, environment));
    const peers = [
      { name: names.original, peer: await later(startPeer(python, 'original', database.url)) },
      { name: names.bytesKept, peer: await later(startPeer(python, 'original_bytes', database.url)) },
      { name: names.rest, peer: await later(startPeer(python, 'rest', database.url)) },
    ];
    for (const { peer } of peers.slice(0, 2)) await expectSame(list, peer);
    const path = '/topics/';
    const ways = [
      { name: names.now, ask: (requests: number) => list.do({ event: get(path, gzip), requests }, '200') },
      ...peers.map(({ name, peer }) => ({
        name,
        ask: (requests: number) => peer.do({ path, requests }, '200'),
      })),
    ];
    const subjects = [];
    for (const { name, ask } of ways) {
      const requests = await sizeOf(ask, quick ? 50 : 200);
      subjects.push({ name, take: () => ask(requests) });
    }
    const samples = await inTurns(subjects, { rounds: quick ? 3 : 7 });
    figures.push(
      ...besideEach({ id: 'handler', what: 'Warm list, handler to handler', rows, unit: 'ms' }, samples),
    );
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

/** @throws Error if the list function's bytes differ from FastAPI's */
async function expectSame(list: Process, peer: Process) {
  const save = join(benchDir, 'answer');
  await list.do({ event: get('/topics/', gzip), save }, '200');
  const own = gunzipSync(await readFile(save));
  await peer.do({ path: '/topics/', save }, '200');
  if (!own.equals(await readFile(save))) throw new Error('The list function’s bytes differ from FastAPI’s.');
}
