import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { type Subject, startFunction, startPeer, withAll } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

/** A warm list from the event to the response, without HTTP: the function called as Lambda calls it, the peers as their server does. */
export const measure: Measure = async ({ world, now, quick, progress }) => {
  const python = await installPeers();
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    progress(`handler to handler, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`handler_${rows}`, rows);
    const environment = await world.cached(database);
    await publish(now, environment);
    const { file } = await now.bundle('functions/list.ts');
    const found = await withAll(async (later) => {
      const list = await later(startFunction('list', file, environment));
      const peers = {
        [names.original]: await later(startPeer(python, 'original', database.url)),
        [names.bytesKept]: await later(startPeer(python, 'original_bytes', database.url)),
        [names.rest]: await later(startPeer(python, 'rest', database.url)),
      };
      await expectSame(list, peers);
      const subjects = [
        {
          name: names.now,
          do: (requests: number) => list.do({ event: get('/topics/', gzip), requests }, '200'),
        },
        ...Object.entries(peers).map(([name, peer]) => ({
          name,
          do: (requests: number) => peer.do({ path: '/topics/', requests }, '200'),
        })),
      ];
      const batchMs = quick ? 50 : 200;
      const sized = [];
      for (const subject of subjects) {
        let requests = 1;
        for (let ms = 0; ms < batchMs && requests < 2_000; requests *= 2)
          ms = (await subject.do(requests)).times.reduce((sum, time) => sum + time, 0);
        sized.push({ ...subject, requests });
      }
      const taken = await inTurns(
        quick ? 3 : 7,
        sized,
        async ({ do: ask, requests }) => (await ask(requests)).times,
      );
      return new Map([...taken].map(([{ name }, times]) => [name, times.flat()]));
    });
    figures.push(
      ...besideEach({ id: 'handler', what: 'Warm list, handler to handler', rows, unit: 'ms' }, found),
    );
  }
  return figures;
};

/** @throws Error where the list function's bytes are not FastAPI's */
async function expectSame(list: Subject, peers: Record<string, Subject>) {
  const save = join(benchDir, 'answer');
  await list.do({ event: get('/topics/', gzip), save }, '200');
  const own = gunzipSync(await readFile(save));
  for (const name of [names.original, names.bytesKept]) {
    await peers[name]?.do({ path: '/topics/', save }, '200');
    if (!own.equals(await readFile(save)))
      throw new Error(`The list function's bytes are not those of ${name}.`);
  }
}
