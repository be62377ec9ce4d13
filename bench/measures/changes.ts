import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { createRecords } from '../../client/records.ts';
import { benchDir } from '../build.ts';
import { change as event, get, gzip } from '../events.ts';
import { type Figure, single } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { startFunction } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';

const Topic = z.looseObject({ id: z.number() });
const List = z.object({ topics: z.array(Topic) });
const Difference = z.object({ upserts: z.array(Topic), deletes: z.array(z.number()), count: z.int() });
const edited = 11;
const rounds = 20;

/** A delta of 11 scattered rows: its bytes, its time with the chunks in memory, and a client's time to apply it. */
export const measure: Measure = async ({ world, later, now, quick, progress }) => {
  const rows = quick ? 10_000 : 100_000;
  progress(`a delta of ${edited} rows, ${rows.toLocaleString('en')} rows`);
  const database = await world.database('changes', rows);
  const environment = await world.cached(database);
  const writer = await world.writer(database);
  const { file } = await now.bundle('functions/list.ts');
  const refresh = await later(startRefresh(now, environment));
  await refresh.do({ event }, 'published');
  const list = await later(startFunction('list', file, environment));
  const save = join(benchDir, 'answer');
  const task = (path: string, headers = {}) => ({ event: get(path, { ...headers }), save });
  const checked = { ...gzip, 'cache-control': 'no-cache' };
  const versionOf = async () => (await list.headers(task('/topics/', checked), '200'))['snapshot-version'];

  let since = await versionOf();
  const body = await readFile(save);
  const records = createRecords<z.output<typeof Topic>>('id');
  records.replace(List.parse(JSON.parse(gunzipSync(body).toString())).topics, rows);
  const [firsts, times, applied, sizes]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let n = 0; n < rounds; n += 1) {
    await writer.query(
      `UPDATE bbs_topic SET comment = md5(random()::text)
       WHERE id IN (SELECT 1 + $1::int * i FROM generate_series(0, ${edited - 1}) AS i)`,
      [Math.floor(rows / edited)],
    );
    await refresh.do({ event }, 'published');
    const now = await versionOf(); // the list fetches the new chunks; the previous version's are still in memory
    const delta = { ...task(`/changes/topics/?since=${since}`, gzip), requests: 2 };
    const [first = 0, again = 0] = await list.do(delta, '200');
    firsts.push(first);
    times.push(again);
    const answer = await readFile(save);
    sizes.push(answer.byteLength / 1_000);
    const difference = Difference.parse(JSON.parse(gunzipSync(answer).toString()));
    if (difference.upserts.length !== edited)
      throw new Error(`The delta has ${difference.upserts.length} upserts, expected ${edited}.`);
    const startMs = performance.now();
    records.apply(difference);
    applied.push(performance.now() - startMs);
    since = now;
  }
  const figure = (id: string, what: string, unit: Figure['unit'], values: number[], atMost?: number) =>
    single({ id: `changes.${id}`, what, rows, unit }, values, atMost);
  return [
    figure('first', `The first delta of ${edited} rows since a version`, 'ms', firsts),
    figure('time', `The next one, chunks at hand`, 'ms', times, 5),
    figure('bytes', `A delta of ${edited} rows, gzip`, 'KB', sizes, 2),
    figure('list', 'The whole list, gzip, instead', 'KB', [body.byteLength / 1_000]),
    figure('apply', `A client applies it`, 'ms', applied, 5),
  ];
};
