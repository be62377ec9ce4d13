import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { createRecords } from '../../client/records.ts';
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
export const measure: Measure = async ({ world, later, now, quick }) => {
  const rows = quick ? 10_000 : 100_000;
  const database = await world.database('changes', rows);
  const environment = await world.cached(database);
  const writer = await world.writer(database);
  const { file } = await now.bundle('functions/list.ts');
  const refresh = await later(startRefresh(now, environment));
  await refresh.do({ event }, 'published');
  const list = await later(startFunction('list', file, environment));
  const validated = { event: get('/topics/', { ...gzip, 'cache-control': 'no-cache' }) };
  const { headers, body } = await list.answer(validated, '200');
  let since = headers['snapshot-version'];
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
    const next = await list.answer(validated, '200'); // fetches the new chunks; the previous ones are still in memory
    const delta = { event: get(`/changes/topics/?since=${since}`, gzip) };
    firsts.push(...(await list.do(delta, '200')));
    times.push(...(await list.do(delta, '200')));
    const answer = await list.answer(delta, '200');
    sizes.push(answer.body.byteLength / 1_000);
    const difference = Difference.parse(JSON.parse(gunzipSync(answer.body).toString()));
    if (difference.upserts.length !== edited)
      throw new Error(`The delta has ${difference.upserts.length} upserts, expected ${edited}.`);
    const startMs = performance.now();
    records.apply(difference);
    applied.push(performance.now() - startMs);
    since = next.headers['snapshot-version'];
  }
  const figure = (id: string, what: string, unit: Figure['unit'], values: number[], atMost?: number) =>
    single({ id: `changes.${id}`, what, rows, unit }, values, atMost);
  return [
    figure('first', `The first delta of ${edited} rows since a version`, 'ms', firsts),
    figure('time', 'The next delta, chunks in memory', 'ms', times, 5),
    figure('bytes', `A delta of ${edited} rows, gzip`, 'KB', sizes, 2),
    figure('apply', 'A client applies the delta', 'ms', applied, 5),
  ];
};
