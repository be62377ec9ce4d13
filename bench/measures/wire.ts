import * as z from 'zod';
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
    const statsUrl = `${database.environment['AWS_ENDPOINT_URL_RDS_DATA']}/_stats`;
    const writer = await world.writer(database);
    const add = (id: string, what: string, unit: Figure['unit'], values: number[], atMost?: number) =>
      figures.push(single({ id: `wire.${id}`, what, rows, unit }, values, atMost));
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
    const validated = { event: get('/topics/', { ...gzip, 'cache-control': 'no-cache' }) };
    addCalls('first', 'The first publication', [await taken(refresh.do({ event }, 'published'))]);
    addCalls('fill', 'A new container’s first list', [await taken(list.do(validated, '200'))]);
    add('gzip', 'The list as gzip', 'KB', [(await list.answer(validated, '200')).body.byteLength / 1_000]);
    world.meter.take();
    addCalls('validation', 'A validation, unchanged', [await taken(list.do(validated, '200'))]);

    const [refreshes, sweeps, fetches]: [Call[][], Call[][], Call[][]] = [[], [], []];
    const [dataApiCalls, dataApiKB]: [number[], number[]] = [[], []];
    for (let n = 0; n < changes; n += 1) {
      await touch(writer, 'one row changed', n / changes);
      await fetch(statsUrl, { method: 'DELETE' });
      const refreshed = await taken(refresh.do({ event }, 'published'));
      const stats = Stats.parse(await (await fetch(statsUrl)).json());
      const fetched = await taken(list.do(validated, '200'));
      const swept = await taken(sweep.do({ event: {} }, 'done'));
      if (n < settled) continue;
      refreshes.push(refreshed);
      fetches.push(fetched);
      sweeps.push(swept);
      dataApiCalls.push(Object.values(stats.calls).reduce((sum, one) => sum + one, 0));
      dataApiKB.push(stats.responseBytes / 1_000);
    }
    addCalls('one', 'A refresh, one row changed', refreshes);
    add('one.dataApiCalls', 'A refresh, one row changed: Data API calls', 'calls', dataApiCalls);
    add('one.dataApiKB', 'A refresh, one row changed: Data API answers', 'KB', dataApiKB);
    addCalls('sweep', 'The sweep after one changed row', sweeps);
    addCalls('fetch', 'A validation, one row changed', fetches);
    await touch(writer, 'unchanged');
    addCalls('unchanged', 'A refresh, unchanged', [await taken(refresh.do({ event }, 'unchanged'))]);
  }
  return figures;
};
