import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Client } from 'pg';
import { benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure, single } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import { startFunction, startPeer, startSelect } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';
import { tableSource } from './tables.ts';
import { load, serveFunction } from './throughput.ts';

/** Topics with a foreign key, and an index for each query that an index helps: a third of the comments have the word. */
const schema = `
  CREATE TABLE bbs_author (id bigint PRIMARY KEY);
  INSERT INTO bbs_author SELECT generate_series(0, 499);
  ALTER TABLE bbs_topic ADD author_id bigint NOT NULL DEFAULT 0 REFERENCES bbs_author;
  UPDATE bbs_topic SET author_id = id * 7919 % 500;
  CREATE INDEX ON bbs_topic (dt DESC, id);
  CREATE INDEX ON bbs_topic (author_id, dt DESC, id);
  CREATE EXTENSION pg_trgm;
  CREATE INDEX ON bbs_topic USING gin (upper(title) gin_trgm_ops)`;

const select = (where: string, count = ', count(*) OVER ()') =>
  `SELECT id, title, comment, dt, author_id${count} FROM bbs_topic WHERE ${where} ORDER BY dt DESC, id LIMIT 20`;
const like = (column: string, word: string) => `upper(${column}) LIKE upper('%${word}%')`;
const newest = 'ordering=-dt,id&limit=20';
const parsing = 'JSON.parse of the list';
const first = 'asked for the first time';

/** The same question to the list function, to Django REST framework with django-filter, and to PostgreSQL. */
const queries: readonly {
  id: string;
  what: string;
  path: string;
  sql: string;
  atMostMs?: number;
  /** A filter of its own for each number below 64, as costly as the query's: its rows are not kept yet. */
  anew?(n: number): string;
}[] = [
  {
    ...{ id: 'record', what: 'One record', path: '/topics/5000/', atMostMs: 1 },
    sql: select('id = 5000', ''),
  },
  {
    ...{ id: 'newest', what: 'The newest 20', path: `/topics/?${newest}`, atMostMs: 1 },
    sql: select('true', ''),
  },
  {
    ...{ id: 'author', what: 'Of one author, the newest 20, with count', atMostMs: 1 },
    path: `/topics/?author_id=7&${newest}&count=exact`,
    sql: select('author_id = 7'),
    anew: (n) => `author_id=${100 + n}`,
  },
  {
    ...{ id: 'word', what: 'A word in the title, the newest 20, with count' },
    path: `/topics/?title__icontains=django&${newest}&count=exact`,
    sql: select(like('title', 'django')),
    anew: (n) =>
      `title__icontains=${[...'django'].map((c, at) => ((n >> at) & 1 ? c : c.toUpperCase())).join('')}`,
  },
  {
    ...{ id: 'japanese', what: 'The same for a Japanese word' },
    path: `/topics/?title__icontains=${encodeURIComponent('質問')}&${newest}&count=exact`,
    sql: select(like('title', '質問')),
  },
  {
    ...{ id: 'search', what: 'A word in title or comment, the newest 20, with count' },
    path: `/topics/?search=django&${newest}&count=exact`,
    sql: select(`${like('title', 'django')} OR ${like('comment', 'django')}`),
  },
];

export const measure: Measure = async ({ world, later, now, quick, progress }) => {
  const rows = quick ? 10_000 : 100_000;
  const python = await installPeers();
  const database = await world.database('queries', rows);
  const writer = await world.writer(database);
  await writer.query(schema);
  await writer.query('VACUUM FULL ANALYZE bbs_topic');
  const environment = await world.cached(database);
  const topics = { name: 'topics', relation: 'public.bbs_topic' };
  const tables = tableSource([topics], 'author_id: column.integer()');
  await publish(now, environment, { name: 'refresh-queries', tables });
  const { file } = await now.bundle('functions/list.ts', { name: 'list-queries', tables });
  const list = await later(startFunction('list', file, environment));
  const rest = await later(startPeer(python, 'rest', database.url));
  const save = join(benchDir, 'answer');
  await list.do({ event: get('/topics/', gzip), save }, '200');
  const whole = gunzipSync(await readFile(save)).toString();

  const figures: Figure[] = [];
  for (const { id, what, path, sql, atMostMs, anew } of queries) {
    progress(`${what}, ${rows.toLocaleString('en')} rows`);
    const ofRest = path.replace('/topics/?', '/query/?').replace('author_id', 'author');
    await list.do({ event: get(path), save }, '200');
    const own = keysIn(await readFile(save, 'utf8'));
    await rest.do({ path: ofRest, save }, '200');
    const others = [keysIn(await readFile(save, 'utf8')), await keysOf(writer, sql)];
    if (own === '' || others.some((keys) => keys !== own))
      throw new Error(`${path} answers ${own}, the others ${others.join(' and ')}.`);

    const isFast = atMostMs !== undefined;
    const pg = await later(startSelect([sql], database.url));
    const fresh = Array.from({ length: 63 }, (_, n) => `/topics/?${anew?.(n)}&${newest}&count=exact`);
    const subjects = [
      { name: names.now, take: () => list.do({ event: get(path), requests: 500 }, '200') },
      ...(anew === undefined
        ? []
        : [{ name: first, take: () => list.do({ event: get(fresh.pop() ?? path) }, '200') }]),
      { name: names.rest, take: () => rest.do({ path: ofRest, requests: isFast ? 10 : 2 }, '200') },
      { name: names.select, take: () => pg.do({ requests: isFast ? 50 : 5 }, id === 'record' ? '1' : '20') },
      ...(atMostMs === undefined
        ? [{ name: parsing, take: async () => timeOf(() => JSON.parse(whole)) }]
        : []),
    ];
    const samples = await inTurns(subjects, { rounds: quick ? 3 : 7, warmUps: 2 });
    const figure = { id: `queries.${id}`, what, rows, unit: 'ms' as const };
    if (atMostMs !== undefined) figures.push(single(figure, samples.get(names.now) ?? [], atMostMs));
    figures.push(...besideEach(figure, samples, { [names.rest]: 0.05, [parsing]: 0.2 }));
  }

  const served = await serveFunction(later, file, environment);
  const uvicorn = await later(startUvicorn(python, 'rest', database.url));
  const subjects = [
    { name: names.now, take: () => load(`${served}topics/?${newest}`, quick ? 2 : 5) },
    { name: names.rest, take: () => load(`${uvicorn.url}query/?${newest}`, quick ? 2 : 5) },
  ];
  const what = 'The newest 20, 16 connections';
  const samples = await inTurns(subjects, { rounds: quick ? 2 : 5 });
  return [...figures, ...besideEach({ id: 'queries.load', what, rows, unit: 'requests/s' }, samples)];
};

const keysIn = (json: string) => (json.match(/"id":\d+/g) ?? []).join();

const keysOf = async (writer: Client, sql: string) =>
  (await writer.query(sql)).rows.map(({ id }) => `"id":${id}`).join();

function timeOf(work: () => unknown): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}
