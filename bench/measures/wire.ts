import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import * as z from 'zod';
import { benchDir } from '../build.ts';
import { change as event, get, gzip } from '../events.ts';
import { type Figure, quartiles } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { type Call, unitsOf } from '../meter.ts';
import { startFunction, withAll } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { touch } from './refresh.ts';

const Stats = z.object({ calls: z.record(z.string(), z.number()), responseBytes: z.number() });
const changes = 8;
/** What the sweep deletes belongs to changes before it: the first ones have too little before them. */
const settled = 3;

/** What refreshes, sweeps and containers ask of DynamoDB and of the Data API, counted on the wire. Nothing is timed. */
export const measure: Measure = async ({ world, now, quick, progress }) => {
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    progress(`calls and units, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`wire_${rows}`, rows);
    const environment = { ...(await world.cached(database, { metered: true })), HISTORY_FOR_S: '0' };
    const writer = new Client({ connectionString: database.url });
    await writer.connect();
    const count = (
      id: string,
      what: string,
      unit: Figure['unit'],
      values: readonly number[],
      atMost?: number,
    ) =>
      figures.push({
        id: `wire.${id}`,
        what,
        rows,
        unit,
        ours: quartiles(values),
        ...(atMost === undefined ? {} : { atMost }),
      });
    const countCalls = (id: string, what: string, taken: readonly Call[][]) => {
      const units = taken.map(unitsOf);
      for (const kind of ['read', 'write', 'delete'] as const) {
        const values = units.map((one) => one[kind]);
        const atMost = id === 'one' && kind === 'write' && rows === 100_000 ? 35 : undefined;
        if (values.some((value) => value > 0))
          count(`${id}.${kind}`, `${what}: ${kind} units`, 'units', values, atMost);
      }
      count(
        `${id}.calls`,
        `${what}: DynamoDB calls`,
        'calls',
        units.map(({ calls }) => calls),
      );
    };
    const taken = async (work: () => Promise<unknown>) => {
      world.meter.take();
      await work();
      return world.meter.take();
    };

    await withAll(async (later) => {
      await later(Promise.resolve({ stop: () => writer.end() }));
      const refresh = await later(startRefresh(now, environment));
      const sweep = await later(
        startFunction('sweep', (await now.bundle('functions/sweep.ts')).file, environment),
      );
      countCalls('first', 'The first publication', [await taken(() => refresh.do({ event }, 'published'))]);
      const list = await later(
        startFunction('list', (await now.bundle('functions/list.ts')).file, environment),
      );
      const save = join(benchDir, 'answer');
      const ask = (extra = {}) => list.do({ event: get('/topics/', { ...gzip, ...extra }), save }, '200');
      countCalls('fill', 'A new container’s first list', [await taken(() => ask())]);
      count('gzip', 'The list as gzip', 'KB', [(await readFile(save)).byteLength / 1_000]);
      countCalls('question', 'A container asks, nothing new', [
        await taken(() => ask({ 'cache-control': 'no-cache' })),
      ]);

      const [refreshes, sweeps, fetches, calls, bytes]: [Call[][], Call[][], Call[][], number[], number[]] = [
        [],
        [],
        [],
        [],
        [],
      ];
      for (let n = 0; n < changes; n += 1) {
        await touch(writer, 'one changed', n / changes);
        await fetch(`${database.dataApi}/_stats`, { method: 'DELETE' });
        const refreshed = await taken(() => refresh.do({ event }, 'published'));
        const stats = Stats.parse(await (await fetch(`${database.dataApi}/_stats`)).json());
        const fetched = await taken(() => ask({ 'cache-control': 'no-cache' }));
        const swept = await taken(() => sweep.do({ event: {} }, 'done'));
        if (n < settled) continue;
        refreshes.push(refreshed);
        fetches.push(fetched);
        sweeps.push(swept);
        calls.push(Object.values(stats.calls).reduce((sum, one) => sum + one, 0));
        bytes.push(stats.responseBytes / 1_000);
      }
      countCalls('one', 'A refresh, one row changed', refreshes);
      count('one.dataApiCalls', 'A refresh, one row changed: Data API calls', 'calls', calls);
      count('one.dataApiKB', 'A refresh, one row changed: Data API answers', 'KB', bytes);
      countCalls('sweep', 'The sweep after one changed row', sweeps);
      countCalls('fetch', 'A container asks, one row changed', fetches);
      await touch(writer, 'unchanged');
      countCalls('unchanged', 'A refresh, unchanged', [
        await taken(() => refresh.do({ event }, 'unchanged')),
      ]);
    });
  }
  return figures;
};
