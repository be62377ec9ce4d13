/**
 * From a commit in the database to the first answer that shows it. Of the project: trigger, Lambda's Invoke, refresh
 * function, DynamoDB, and the list function in another process, which is asked again and again. Of the original: the
 * request to /refresh/ that Django sends after the commit, to uvicorn with one worker. They take turns.
 *
 * The trigger calls Lambda before the commit, so a part of the way is gone by then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import * as z from 'zod';
import { installTrigger, removeTrigger } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { bundle } from '../bundle.ts';
import { figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { projectFile } from '../project-file.ts';
import { type LineProcess, startLineProcess } from '../subjects/refresh-process.ts';
import { startUvicorn } from '../throughput/servers.ts';
import { benchDir, type Place, publish, type World } from '../world.ts';
import { startLambda } from './propagation-lambda.ts';

const rows = 1_000;
const table = 'public.bbs_topic';
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench-refresh';
const noCache = { 'cache-control': 'no-cache' };
const Seen = z.object({ seenAtMs: z.number() });

interface Case {
  subject: string;
  variant: string;
  watcher: LineProcess;
  headers: Record<string, string>;
  /** The most that a container goes without asking: changes come at any moment of it. */
  freshForMs: number;
  /** Commits a change. @returns the moment of its commit */
  change: (title: string) => Promise<number>;
}

export const measure: Measure = async ({ world, quick, progress }) => {
  const rounds = quick ? 15 : 100;
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const { cases, lambda } = await start(world, stops);
    const samples = cases.map((): number[] => []);
    for (let round = -1; round < rounds; round += 1) {
      if (round % 25 === 0) progress(`change ${round + 1} of ${rounds}`);
      for (const [at, one] of cases.entries()) {
        const ms = await Promise.race([timeOf(one, `change ${round} ${at} ${Date.now()}`), lambda.failed]);
        if (round >= 0) samples[at]?.push(ms); // the first round warms up
        await lambda.idle();
      }
    }
    return cases.map(({ subject, variant }, at) =>
      figureOf({ measure: 'propagation', subject, variant, rows, unit: 'ms' }, samples[at] ?? []),
    );
  } finally {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  }
};

async function timeOf({ watcher, headers, freshForMs, change }: Case, title: string): Promise<number> {
  await sleep(Math.random() * freshForMs);
  const seen = watcher.ask({ wanted: title, headers });
  const committedAtMs = await change(title);
  const { seenAtMs } = Seen.parse(await seen);
  return seenAtMs - committedAtMs;
}

/** @param stops gets what is to be ended, in order */
async function start(world: World, stops: (() => Promise<unknown>)[]) {
  const place = await world.withCache(await world.at(rows), 'propagation');
  await publish(place);
  const lambda = await startLambda(place);
  stops.push(lambda.stop);
  const awsLambda = await startAwsLambda({ databaseUrl: place.databaseUrl, lambdaUrl: lambda.url });
  stops.push(awsLambda.stop);

  const writer = await connect(place);
  stops.push(() => writer.end());
  const first = await writer.query('SELECT id, title FROM bbs_topic ORDER BY id LIMIT 1');
  const { id, title } = z.object({ id: z.string(), title: z.string() }).parse(first.rows[0]);
  await installTrigger(writer, { table, functionArn });
  stops.push(async () => {
    await removeTrigger(writer, { table });
    await writer.query('DROP SCHEMA aws_lambda, aws_commons CASCADE');
    await writer.query('UPDATE bbs_topic SET title = $2 WHERE id = $1', [id, title]);
  });
  const commit = async (client: Client, title: string) => {
    await client.query('BEGIN');
    await client.query('UPDATE bbs_topic SET title = $2 WHERE id = $1', [id, title]);
    await client.query('COMMIT');
    return monotonicMs();
  };

  const original = await startUvicorn('original', place.databaseUrl);
  stops.push(original.stop);
  const other = await connect(place);
  stops.push(() => other.end());
  await other.query('SET session_replication_role = replica'); // no trigger, and no work for its receiver
  const changeAndRefresh = async (title: string) => {
    const committedAtMs = await commit(other, title);
    const response = await fetch(new URL('/refresh/', original.url));
    if (!response.ok) throw new Error(`/refresh/ answered ${response.status}`);
    await response.arrayBuffer();
    return committedAtMs;
  };

  const watcherFile = `${benchDir}/refresh-watcher.mjs`;
  await bundle(projectFile('bench/subjects/refresh-watcher.ts'), watcherFile);
  const listFile = `${benchDir}/functions/list/list.mjs`;
  await bundle(projectFile('functions/list.ts'), listFile);
  const watch = async (way: 'function' | 'http', argument: string, environment: Record<string, string>) => {
    const args = [watcherFile, way, argument];
    const watcher = await startLineProcess('the watcher', process.execPath, args, environment);
    stops.push(watcher.stop);
    return watcher;
  };
  const list = async (FRESH_FOR_MS: string) =>
    watch('function', listFile, { ...place.environment, FRESH_FOR_MS });

  const own = { subject: 'refresh function', change: (title: string) => commit(writer, title) };
  const lazy = await list('1000');
  const cases: Case[] = [
    { ...own, variant: 'no-cache', watcher: lazy, headers: noCache, freshForMs: 0 },
    { ...own, variant: 'FRESH_FOR_MS 0', watcher: await list('0'), headers: {}, freshForMs: 0 },
    { ...own, variant: 'FRESH_FOR_MS 1000', watcher: lazy, headers: {}, freshForMs: 1_000 },
    {
      ...{ subject: 'FastAPI + Django', variant: 'no-cache', headers: noCache, freshForMs: 0 },
      ...{ watcher: await watch('http', original.url, {}), change: changeAndRefresh },
    },
  ];
  return { cases, lambda };
}

async function connect({ databaseUrl }: Place): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
