import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { benchDir } from '../build.ts';
import { change as event, get, gzip } from '../events.ts';
import { type Figure, single } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { type Call, unitsOf } from '../meter.ts';
import { startFunction } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';
import { touch } from './refresh.ts';

const Stats = z.object({ calls: z.record(z.string(), z.number()), responseBytes: z.number() });
const changes = 8;
/** Changes before the first counted sweep, which otherwise has too little to delete. */
const settled = 3;

/** Counts the calls of refreshes, sweeps and containers to DynamoDB and the Data API, without timing them. */
export const measure: Measure = async ({ world, later, now, quick, progress }) => {
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]) {
    progress(`calls and units, ${rows.toLocaleString('en')} rows`);
    const database = await world.database(`wire_${rows}`, rows);
    const environment = { ...(await world.cached(database, { metered: true })), HISTORY_FOR_S: '0' };
    const writer = await world.writer(database);
    const add = (
      id: string,
      what: string,
      unit: Figure['unit'],
      values: readonly number[],
      atMost?: number,
    ) => figures.push(single({ id: `wire.${id}`, what, rows, unit }, values, atMost));
    const addCalls = (id: string, what: string, taken: readonly Call[][]) => {
      const units = taken.map(unitsOf);
      for (const kind of ['read', 'write', 'delete'] as const) {
        const values = units.map((one) => one[kind]);
        const atMost = id === 'one' && kind === 'write' && rows === 100_000 ? 35 : undefined;
        if (values.some((value) => value > 0))
          add(`${id}.${kind}`, `${what}: ${kind} units`, 'units', values, atMost);
      }
      const calls = units.map((one) => one.calls);
      if (id === 'fill' || id === 'one') add(`${id}.calls`, `${what}: DynamoDB calls`, 'calls', calls);
    };
    const taken = async (work: Promise<unknown>) => {
      await work;
      return world.meter.take();
    };

    const start = async (name: string) =>
      later(startFunction(name, (await now.bundle(`functions/${name}.ts`)).file, environment));
    const refresh = await later(startRefresh(now, environment));
    const [sweep, list] = [await start('sweep'), await start('list')];
    const save = join(benchDir, 'answer');
    const ask = (headers = {}) => list.do({ event: get('/topics/', { ...gzip, ...headers }), save }, '200');
    const checked = { 'cache-control': 'no-cache' };
    addCalls('first', 'The first publication', [await taken(refresh.do({ event }, 'published'))]);
    addCalls('fill', 'A new container’s first list', [await taken(ask())]);
    add('gzip', 'The list as gzip', 'KB', [(await readFile(save)).byteLength / 1_000]);
    addCalls('question', 'A container asks, nothing new', [await taken(ask(checked))]);

    const each: Record<'refreshes' | 'sweeps' | 'fetches', Call[][]> = {
      refreshes: [],
      sweeps: [],
      fetches: [],
    };
    const dataApi: { calls: number[]; kb: number[] } = { calls: [], kb: [] };
    for (let n = 0; n < changes; n += 1) {
      await touch(writer, 'one changed', n / changes);
      await fetch(`${database.dataApi}/_stats`, { method: 'DELETE' });
      const refreshed = await taken(refresh.do({ event }, 'published'));
      const stats = Stats.parse(await (await fetch(`${database.dataApi}/_stats`)).json());
      const fetched = await taken(ask(checked));
      const swept = await taken(sweep.do({ event: {} }, 'done'));
      if (n < settled) continue;
      each.refreshes.push(refreshed);
      each.fetches.push(fetched);
      each.sweeps.push(swept);
      dataApi.calls.push(Object.values(stats.calls).reduce((sum, one) => sum + one, 0));
      dataApi.kb.push(stats.responseBytes / 1_000);
    }
    addCalls('one', 'A refresh, one row changed', each.refreshes);
    add('one.dataApiCalls', 'A refresh, one row changed: Data API calls', 'calls', dataApi.calls);
    add('one.dataApiKB', 'A refresh, one row changed: Data API answers', 'KB', dataApi.kb);
    addCalls('sweep', 'The sweep after one changed row', each.sweeps);
    addCalls('fetch', 'A container asks, one row changed', each.fetches);
    await touch(writer, 'unchanged');
    addCalls('unchanged', 'A refresh, unchanged', [await taken(refresh.do({ event }, 'unchanged'))]);
  }
  return figures;
};
