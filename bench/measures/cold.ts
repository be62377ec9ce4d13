import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Build, type Bundle, benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { requireRuntimeClient, startContainer } from '../lambda/container.ts';
import { parseReply } from '../lambda/reply.ts';
import { type Bench, type Measure, names } from '../measure.ts';
import { groupsOf } from '../meter.ts';
import { installPeers } from '../peers/install.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import { publish } from '../refresh-function.ts';
import { inTurns, type Subject } from '../turns.ts';
import type { Database } from '../world.ts';
import { tableSource } from './tables.ts';

/**
 * The first answer of a new process under AWS's runtime client: the whole list as gzip, one record, a query, and a list among
 * five tables. Lambda adds the start of a micro VM and the download of the code.
 */
export const measure: Measure = async (bench) => {
  await requireRuntimeClient();
  const figures: Figure[] = [];
  for (const rows of bench.quick ? [1_000] : [1_000, 100_000]) {
    const database = await bench.world.database(`cold_${rows}`, rows);
    figures.push(...(await lists(bench, database)), ...(await records(bench, database)));
  }
  return [...figures, ...(await newest(bench)), ...(await manyTables(bench))];
};

/** Starts a container whose event already waits, as in Lambda. @returns ms from the process's start to the last byte */
const firstAnswer =
  ({ file }: Bundle, environment: Record<string, string>, event: unknown) =>
  async () => {
    const container = await startContainer(file, environment);
    try {
      const { body, answeredAtMs } = await container.invoke(event);
      const { statusCode } = parseReply(body);
      if (statusCode !== 200) throw new Error(`The first answer was ${statusCode}: ${body.subarray(0, 500)}`);
      return answeredAtMs - container.spawnedAtMs;
    } finally {
      await container.stop();
    }
  };

async function take(
  { progress, pairs }: Pick<Bench, 'progress' | 'pairs'>,
  [id, what, rows]: [id: string, what: string, rows: number],
  subjects: readonly Subject[],
  targets: Readonly<Record<string, number>> = {},
) {
  progress(`${what}, ${rows.toLocaleString('en')} rows`);
  // The warm-up loads the files into the page cache.
  return besideEach({ id, what, rows, unit: 'ms' }, await inTurns(subjects, { rounds: pairs }), targets);
}

async function lists(bench: Bench, database: Database) {
  const { world, now, before } = bench;
  const start = async (build: Build) => {
    const environment = await world.cached(database, { root: build.root });
    await publish(build, environment);
    return firstAnswer(await build.bundle('functions/list.ts'), environment, get('/topics/', gzip));
  };
  const own = { name: names.now, take: await start(now) };
  const empty = await now.bundle('bench/functions/empty.ts');
  const subjects = [
    own,
    ...(before === undefined ? [] : [{ name: names.before, take: await start(before) }]),
    { name: names.sameCalls, take: await sameCalls(bench, database, '/topics/') },
    { name: names.empty, take: firstAnswer(empty, {}, get('/topics/')) },
  ];
  const figure: [string, string, number] = [
    ...(['cold.list', 'First answer of a new process: the list, gzip'] as const),
    database.rows,
  ];
  const targets = { [names.before]: 1.03, [names.sameCalls]: 1.15, [names.empty]: 1.55 };
  const python = await installPeers();
  const startOriginal = async () => {
    const { startMs, stop } = await startUvicorn(python, 'original', database.url);
    await stop();
    return startMs;
  };
  const original = { name: names.original, take: startOriginal };
  // The original takes seconds to start with 100,000 rows, so it has fewer rounds, apart from the others.
  const fewer = { ...bench, pairs: Math.min(bench.pairs, 11) };
  return [...(await take(bench, figure, subjects, targets)), ...(await take(fewer, figure, [own, original]))];
}

/** A function that repeats the recorded calls of the list function's first answer. */
async function sameCalls({ world, now }: Bench, database: Database, path: string) {
  const environment = await world.cached(database, { metered: true });
  await publish(now, environment);
  world.meter.take();
  await firstAnswer(await now.bundle('functions/list.ts'), environment, get(path, gzip))();
  const groups = groupsOf(world.meter.take());
  const isList = path === '/topics/';
  const CALLS_FILE = join(benchDir, `calls-${database.rows}-${isList ? 'list' : 'record'}.json`);
  const calls = groups.map((group) => group.map(({ operation, body }) => ({ operation, body })));
  await writeFile(CALLS_FILE, JSON.stringify(calls));
  const direct = await world.cached(database); // for DynamoDB's own URL, without the proxy
  const bundle = await now.bundle('bench/functions/same-calls.ts');
  return firstAnswer(bundle, { ...direct, CALLS_FILE, ANSWER: isList ? 'list' : 'one' }, get(path));
}

async function records(bench: Bench, database: Database) {
  const { world, now } = bench;
  const environment = await world.cached(database);
  await publish(now, environment);
  const path = `/topics/${database.rows / 2}/`;
  const subjects = [
    { name: names.now, take: firstAnswer(await now.bundle('functions/list.ts'), environment, get(path)) },
    { name: names.sameCalls, take: await sameCalls(bench, database, path) },
  ];
  const what = 'First answer of a new process: one record';
  return take(bench, ['cold.record', what, database.rows], subjects, { [names.sameCalls]: 1.3 });
}

async function newest(bench: Bench) {
  const { world, now } = bench;
  const database = await world.database('cold_10000', 10_000);
  const environment = await world.cached(database);
  await publish(now, environment);
  const list = await now.bundle('functions/list.ts');
  const plain = 'the plain list';
  const subjects = [
    { name: names.now, take: firstAnswer(list, environment, get('/topics/?ordering=-dt&limit=20')) },
    { name: plain, take: firstAnswer(list, environment, get('/topics/')) },
  ];
  const what = 'First answer of a new process: the newest 20';
  return take(bench, ['cold.newest', what, database.rows], subjects, { [plain]: 1.3 });
}

async function manyTables(bench: Bench) {
  const { world, now } = bench;
  const database = await world.database('cold_tables', 1_000);
  const start = async (count: number) => {
    const relation = 'public.bbs_topic';
    const tables = tableSource(Array.from({ length: count }, (_, n) => ({ name: `t${n + 1}`, relation })));
    const environment = await world.cached(database);
    await publish(now, environment, { name: `refresh-${count}`, tables });
    const bundle = await now.bundle('functions/list.ts', { name: `list-${count}`, tables });
    return firstAnswer(bundle, environment, get('/t1/', gzip));
  };
  const one = 'with one table';
  const subjects = [
    { name: names.now, take: await start(5) },
    { name: one, take: await start(1) },
  ];
  const what = 'First answer of a new process that serves five tables';
  return take(bench, ['cold.tables', what, database.rows], subjects, { [one]: 1.05 });
}
