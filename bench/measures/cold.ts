import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, benchDir, type Tables } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { parseReply, requireRuntimeClient, startContainer } from '../lambda/container.ts';
import { type Bench, type Measure, names } from '../measure.ts';
import { groupsOf } from '../meter.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import type { Environment } from '../process.ts';
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
  ({ file }: Bundle, environment: Environment, event: unknown) =>
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

/** The first answer of the list function with a cache of its own. */
async function published(
  { world, now }: Pick<Bench, 'world' | 'now'>,
  database: Database,
  event: unknown,
  tables?: Tables,
) {
  const environment = await world.cached(database, { root: now.root });
  await publish(now, environment, tables && { ...tables, name: `refresh-${tables.name}` });
  const list = await now.bundle('functions/list.ts', tables && { ...tables, name: `list-${tables.name}` });
  return firstAnswer(list, environment, event);
}

async function take(
  { progress, pairs }: Pick<Bench, 'progress' | 'pairs'>,
  { id, what, rows }: Pick<Figure, 'id' | 'what' | 'rows'>,
  subjects: readonly Subject[],
  targets: Readonly<Record<string, number>> = {},
) {
  progress(`${what}, ${rows.toLocaleString('en')} rows`);
  // The warm-up loads the files into the page cache.
  return besideEach({ id, what, rows, unit: 'ms' }, await inTurns(subjects, { rounds: pairs }), targets);
}

async function lists(bench: Bench, database: Database) {
  const { world, now, before, python } = bench;
  const event = get('/topics/', gzip);
  const empty = await now.bundle('bench/functions/empty.ts');
  const own = { name: names.now, take: await published(bench, database, event) };
  const subjects = [own];
  if (before !== undefined)
    subjects.push({ name: names.before, take: await published({ world, now: before }, database, event) });
  subjects.push(
    { name: names.sameCalls, take: await sameCalls(bench, database, '/topics/') },
    { name: names.empty, take: firstAnswer(empty, {}, event) },
  );
  const startOriginal = async () => {
    const { startMs, stop } = await startUvicorn(python, 'original', database.url);
    await stop();
    return startMs;
  };
  const original = { name: names.original, take: startOriginal };
  const figure = {
    id: 'cold.list',
    what: 'First answer of a new process: the list, gzip',
    rows: database.rows,
  };
  const targets = { [names.before]: 1.03, [names.sameCalls]: 1.15, [names.empty]: 1.55 };
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
  const path = `/topics/${database.rows / 2}/`;
  const subjects = [
    { name: names.now, take: await published(bench, database, get(path)) },
    { name: names.sameCalls, take: await sameCalls(bench, database, path) },
  ];
  const what = 'First answer of a new process: one record';
  return take(bench, { id: 'cold.record', what, rows: database.rows }, subjects, { [names.sameCalls]: 1.3 });
}

async function newest(bench: Bench) {
  const database = await bench.world.database('cold_10000', 10_000);
  const whole = 'the whole list';
  const subjects = [
    { name: names.now, take: await published(bench, database, get('/topics/?ordering=-dt&limit=20')) },
    { name: whole, take: await published(bench, database, get('/topics/')) },
  ];
  const what = 'First answer of a new process: the newest 20';
  return take(bench, { id: 'cold.newest', what, rows: database.rows }, subjects, { [whole]: 1.3 });
}

async function manyTables(bench: Bench) {
  const database = await bench.world.database('cold_tables', 1_000);
  const relation = 'public.bbs_topic';
  const start = async (count: number) => {
    const tables = tableSource(Array.from({ length: count }, (_, n) => ({ name: `t${n + 1}`, relation })));
    return published(bench, database, get('/t1/', gzip), { name: String(count), tables });
  };
  const one = 'with one table';
  const subjects = [
    { name: names.now, take: await start(5) },
    { name: one, take: await start(1) },
  ];
  const what = 'First answer of a new process that serves five tables';
  return take(bench, { id: 'cold.tables', what, rows: database.rows }, subjects, { [one]: 1.05 });
}
