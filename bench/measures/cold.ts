import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Build, type Bundle, benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { requireRuntimeClient, withContainer } from '../lambda/container.ts';
import { parseReply } from '../lambda/reply.ts';
import { type Bench, type Measure, names } from '../measure.ts';
import { groupsOf } from '../meter.ts';
import { installPeers } from '../peers/install.ts';
import { startOriginal } from '../peers/uvicorn.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';
import { tableSource } from './tables.ts';

interface Subject {
  name: string;
  /** @returns ms from the start of a process to its whole first answer */
  start: () => Promise<number>;
}

/** A container with an event that waits already, as in Lambda. */
export async function firstAnswerMs({ file }: Bundle, environment: Record<string, string>, event: unknown) {
  return withContainer({ bundle: file, environment }, async (container) => {
    const { body, answeredAtMs } = await container.invoke(event);
    const { statusCode } = parseReply(body);
    if (statusCode !== 200) throw new Error(`the first answer was ${statusCode}: ${body.subarray(0, 500)}`);
    return answeredAtMs - container.spawnedAtMs;
  });
}

/**
 * The first answer of a new process under AWS's runtime client: the whole list as gzip, one record, and the list where five
 * tables are served. Lambda adds the start of a micro VM and the download of the code.
 */
export const measure: Measure = async (bench) => {
  await requireRuntimeClient();
  const figures: Figure[] = [];
  for (const rows of bench.quick ? [1_000] : [1_000, 100_000]) {
    figures.push(...(await lists(bench, rows)), ...(await records(bench, rows)));
  }
  return [...figures, ...(await manyTables(bench))];
};

async function take(
  { pairs, progress }: Bench,
  figure: Pick<Figure, 'id' | 'what' | 'rows'>,
  subjects: readonly Subject[],
  targets: Readonly<Record<string, number>>,
) {
  progress(`${figure.what}, ${figure.rows.toLocaleString('en')} rows`);
  await inTurns(1, subjects, ({ start }) => start()); // brings the files into the system's cache
  const taken = await inTurns(pairs, subjects, ({ start }) => start());
  const samples = new Map([...taken].map(([{ name }, times]) => [name, times]));
  return besideEach({ ...figure, unit: 'ms' }, samples, targets);
}

async function lists(bench: Bench, rows: number) {
  const { world, now, before } = bench;
  const database = await world.database(`cold_${rows}`, rows);
  const event = get('/topics/', gzip);
  const published = async (build: Build) => {
    const environment = await world.cached(database, { root: build.root });
    await publish(build, environment);
    const bundle = await build.bundle('functions/list.ts');
    return { environment, start: () => firstAnswerMs(bundle, environment, event) };
  };
  const own = await published(now);
  const subjects: Subject[] = [
    { name: names.now, start: own.start },
    ...(before === undefined ? [] : [{ name: names.before, start: (await published(before)).start }]),
    { name: names.sameCalls, start: await sameCalls(bench, database.rows, '/topics/') },
    { name: names.empty, start: await emptyStart(bench, own.environment) },
  ];
  const figure = { id: 'cold.list', what: 'First answer of a new process: the list, gzip', rows };
  const targets = { [names.before]: 1.03, [names.sameCalls]: 1.15, [names.empty]: 1.55 };
  // The original takes seconds to start at 100,000 rows: it has fewer rounds, in turns of their own.
  const python = await installPeers();
  const original = { name: names.original, start: () => startOriginal(python, database.url) };
  return [
    ...(await take(bench, figure, subjects, targets)),
    ...(await take(
      { ...bench, pairs: Math.min(bench.pairs, 11) },
      figure,
      [{ name: names.now, start: own.start }, original],
      {},
    )),
  ];
}

async function emptyStart({ now }: Bench, environment: Record<string, string>) {
  const bundle = await now.bundle('bench/functions/empty.ts');
  return () => firstAnswerMs(bundle, environment, get('/topics/'));
}

/** A function that makes the calls that the list function is seen to make for its first answer. */
async function sameCalls({ world, now }: Bench, rows: number, path: string) {
  const database = await world.database(`cold_${rows}`, rows);
  const environment = await world.cached(database, { metered: true });
  await publish(now, environment);
  world.meter.take();
  await firstAnswerMs(await now.bundle('functions/list.ts'), environment, get(path, gzip));
  const calls = groupsOf(world.meter.take());
  const isList = path === '/topics/';
  const CALLS_FILE = join(benchDir, `calls-${rows}-${isList ? 'list' : 'record'}.json`);
  await writeFile(
    CALLS_FILE,
    JSON.stringify(calls.map((group) => group.map(({ operation, body }) => ({ operation, body })))),
  );
  const direct = await world.cached(database); // for its address, without the proxy
  const bundle = await now.bundle('bench/functions/same-calls.ts');
  const own = { ...direct, CALLS_FILE, ANSWER: isList ? 'list' : 'one' };
  return () => firstAnswerMs(bundle, own, get(path));
}

async function records(bench: Bench, rows: number) {
  const { world, now } = bench;
  const database = await world.database(`cold_${rows}`, rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const bundle = await now.bundle('functions/list.ts');
  const path = `/topics/${rows / 2}/`;
  const subjects: Subject[] = [
    { name: names.now, start: () => firstAnswerMs(bundle, environment, get(path)) },
    { name: names.sameCalls, start: await sameCalls(bench, rows, path) },
  ];
  const figure = { id: 'cold.record', what: 'First answer of a new process: one record', rows };
  return take(bench, figure, subjects, { [names.sameCalls]: 1.3 });
}

async function manyTables(bench: Bench) {
  const { world, now } = bench;
  const database = await world.database('cold_tables', 1_000);
  const start = async (tables: string) => {
    const name = `list-${tables.split('defineTable(').length}`;
    const environment = await world.cached(database);
    await publish(now, environment, { name: `refresh-${name}`, tables });
    const bundle = await now.bundle('functions/list.ts', { name, tables });
    return () => firstAnswerMs(bundle, environment, get('/t1/', gzip));
  };
  const one = tableSource([{ name: 't1', relation: 'public.bbs_topic' }]);
  const five = tableSource([1, 2, 3, 4, 5].map((n) => ({ name: `t${n}`, relation: 'public.bbs_topic' })));
  const subjects = [
    { name: names.now, start: await start(five) },
    { name: 'with one table', start: await start(one) },
  ];
  const figure = {
    id: 'cold.tables',
    what: 'First answer of a new process that serves five tables',
    rows: 1_000,
  };
  return take(bench, figure, subjects, { 'with one table': 1.05 });
}
