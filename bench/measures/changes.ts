import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import * as z from 'zod';
import { createRecords } from '../../client/records.ts';
import { benchDir } from '../build.ts';
import { change as event, get, gzip } from '../events.ts';
import { type Figure, quartiles } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { startFunction, withAll } from '../process.ts';
import { startRefresh } from '../refresh-function.ts';

const Record_ = z.looseObject({ id: z.number() });
const List = z.object({ topics: z.array(Record_) });
const Difference = z.object({ upserts: z.array(Record_), deletes: z.array(z.number()), count: z.int() });
const edited = 11;
const rounds = 20;

/** A delta of 11 rows far apart: its bytes, its time with the chunks at hand, and a client's time to apply it. */
export const measure: Measure = async ({ world, now, quick, progress }) => {
  const rows = quick ? 10_000 : 100_000;
  progress(`a delta of ${edited} rows, ${rows.toLocaleString('en')} rows`);
  const database = await world.database('changes', rows);
  const environment = await world.cached(database);
  const writer = new Client({ connectionString: database.url });
  await writer.connect();
  return withAll(async (later) => {
    await later(Promise.resolve({ stop: () => writer.end() }));
    const refresh = await later(startRefresh(now, environment));
    await refresh.do({ event }, 'published');
    const list = await later(
      startFunction('list', (await now.bundle('functions/list.ts')).file, environment),
    );
    const save = join(benchDir, 'answer');
    const ask = async (path: string, headers = {}) =>
      list.do({ event: get(path, { 'cache-control': 'no-cache', ...headers }), save }, '200');
    let since = (await ask('/topics/', gzip)).headers['snapshot-version'] ?? '';
    const body = await readFile(save);
    const records = createRecords<z.output<typeof Record_>>('id');
    records.replace(List.parse(JSON.parse(gunzipSync(body).toString())).topics, rows);
    const [listKB, times, applied, bytes]: [number, number[], number[], number[]] = [
      body.byteLength / 1_000,
      [],
      [],
      [],
    ];
    for (let n = 0; n < rounds; n += 1) {
      await writer.query(
        `UPDATE bbs_topic SET comment = md5(random()::text) WHERE id IN (SELECT 1 + $1::int * i FROM generate_series(0, ${edited - 1}) AS i)`,
        [Math.floor(rows / edited)],
      );
      await refresh.do({ event }, 'published');
      // Any other answer brings the new chunks, and those of the version before are still at hand.
      const { headers } = await ask('/topics/', gzip);
      await ask(`/changes/topics/?since=${since}&until=${headers['snapshot-version']}`); // the difference, as no second one is asked for
      const plain = Difference.parse(JSON.parse(await readFile(save, 'utf8')));
      const timed = await list.do({ event: get(`/changes/topics/?since=${since}`, gzip), save }, '200');
      times.push(...timed.times);
      bytes.push((await readFile(save)).byteLength / 1_000);
      const startMs = performance.now();
      records.apply(plain);
      applied.push(performance.now() - startMs);
      if (plain.upserts.length !== edited)
        throw new Error(`The delta has ${plain.upserts.length} upserts, expected ${edited}.`);
      since = headers['snapshot-version'] ?? '';
    }
    const figure = (
      id: string,
      what: string,
      unit: Figure['unit'],
      values: number[],
      atMost?: number,
    ): Figure => ({
      ...{ id: `changes.${id}`, what, rows, unit, ours: quartiles(values) },
      ...(atMost === undefined ? {} : { atMost }),
    });
    return [
      figure('time', `A delta of ${edited} rows, chunks at hand`, 'ms', times, 5),
      figure('bytes', `A delta of ${edited} rows, gzip`, 'KB', bytes, 2),
      figure('list', 'The whole list, gzip, instead', 'KB', [listKB]),
      figure('apply', `A client applies it`, 'ms', applied, 5),
    ];
  });
};
