/**
 * From a write in the database to the first answer that shows it, reckoned from before the writer's
 * transaction, and from the return of its COMMIT. Of the project: trigger, Lambda's Invoke, refresh function,
 * DynamoDB, and the list function in another process, which is asked again and again. Of the original: the
 * request to /refresh/ that Django sends after the commit, to uvicorn with one worker, and when that is
 * answered, one request for the list: to ask it meanwhile would only keep it from reading. They take turns.
 *
 * The trigger calls Lambda inside the transaction: that belongs to the time from the write, and is before the
 * other.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import * as z from 'zod';
import { installTriggers, removeTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { bundled } from '../bundles.ts';
import { figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { type LineProcess, startLineProcess } from '../subjects/line-process.ts';
import { startUvicorn } from '../throughput/servers.ts';
import { inTurns } from '../turns.ts';
import { type Place, publish, type World } from '../world.ts';
import { startLambda } from './propagation-lambda.ts';

const rows = 1_000;
const table = 'public.bbs_topic';
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench-refresh';
const noCache = { 'cache-control': 'no-cache' };
const Seen = z.object({ seenAtMs: z.number(), requests: z.int() });
/** Changes in a full run: enough of them for the slowest hundredth. */
const manyRounds = 200;

/** Moments of a change, by the system's monotonic clock. */
interface Written {
  begunAtMs: number;
  committedAtMs: number;
}

interface Case {
  subject: string;
  variant: string;
  watcher: LineProcess;
  headers: Record<string, string>;
  /** The most that a container goes without asking: changes come at any moment of it. */
  freshForMs: number;
  /** Commits a change. */
  change: (title: string) => Promise<Written>;
  /** Whether the list is asked for once, after `change`, and has to show it then. */
  once: boolean;
}

export const measure: Measure = async ({ world, quick, progress }) => {
  const rounds = quick ? 9 : manyRounds;
  const stops: (() => Promise<unknown>)[] = [];
  try {
    const { cases, lambda } = await start(world, stops);
    const take = async (one: Case) => {
      const times = await Promise.race([timesOf(one, `change ${randomUUID()}`), lambda.failed]);
      await lambda.idle();
      return times;
    };
    await inTurns(1, cases, take); // warms up
    const taken = await inTurns(rounds, cases, take, async (round) => {
      if (round % 25 === 0) progress(`change ${round + 1} of ${rounds}`);
    });
    return [...taken].flatMap(([{ subject, variant: way }, times]) =>
      moments.map((moment) => {
        const about = { measure: 'propagation', subject, variant: `${way}, ${moment}`, rows } as const;
        return figureOf(
          { ...about, unit: 'ms' },
          times.map((one) => one[moment]),
        );
      }),
    );
  } finally {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  }
};

const moments = ['from the write', 'from the commit'] as const;

async function timesOf(one: Case, title: string): Promise<Record<(typeof moments)[number], number>> {
  const { watcher, headers, freshForMs, change, once } = one;
  const watch = async () => Seen.parse(await watcher.ask({ wanted: title, headers }));
  await sleep(Math.random() * freshForMs);
  const watched = once ? undefined : watch();
  const { begunAtMs, committedAtMs } = await change(title);
  const { seenAtMs, requests } = await (watched ?? watch());
  if (once && requests > 1) throw new Error(`${one.subject} did not show a change after its refresh`);
  return { 'from the write': seenAtMs - begunAtMs, 'from the commit': seenAtMs - committedAtMs };
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
  await installTriggers(writer, { relations: [table], functionArn });
  stops.push(async () => {
    await removeTriggers(writer);
    await writer.query('DROP SCHEMA aws_lambda, aws_commons CASCADE');
    await writer.query('UPDATE bbs_topic SET title = $2 WHERE id = $1', [id, title]);
  });
  const commit = async (client: Client, title: string): Promise<Written> => {
    const begunAtMs = monotonicMs();
    await client.query('BEGIN');
    await client.query('UPDATE bbs_topic SET title = $2 WHERE id = $1', [id, title]);
    await client.query('COMMIT');
    return { begunAtMs, committedAtMs: monotonicMs() };
  };

  const original = await startUvicorn('original', place.databaseUrl);
  stops.push(original.stop);
  const other = await connect(place);
  stops.push(() => other.end());
  await other.query('SET session_replication_role = replica'); // no trigger, and no work for its receiver
  const changeAndRefresh = async (title: string) => {
    const written = await commit(other, title);
    const response = await fetch(new URL('/refresh/', original.url));
    if (!response.ok) throw new Error(`/refresh/ answered ${response.status}`);
    await response.arrayBuffer();
    return written;
  };

  const watcherFile = await bundled('refresh-watcher');
  const watch = async (way: 'function' | 'http', argument: string, environment: Record<string, string>) => {
    const args = [watcherFile, way, argument];
    const watcher = await startLineProcess('the watcher', process.execPath, args, environment);
    stops.push(watcher.stop);
    return watcher;
  };
  const list = async (FRESH_FOR_MS: string) =>
    watch('function', await bundled('list'), { ...place.environment, FRESH_FOR_MS });

  const change = (title: string) => commit(writer, title);
  const own = { subject: 'refresh function', change, once: false };
  const lazy = await list('1000');
  const cases: Case[] = [
    { ...own, variant: 'no-cache', watcher: lazy, headers: noCache, freshForMs: 0 },
    { ...own, variant: 'FRESH_FOR_MS 0', watcher: await list('0'), headers: {}, freshForMs: 0 },
    { ...own, variant: 'FRESH_FOR_MS 1000', watcher: lazy, headers: {}, freshForMs: 1_000 },
    {
      ...{ subject: 'FastAPI + Django', variant: 'no-cache', headers: noCache, freshForMs: 0 },
      ...{ watcher: await watch('http', original.url, {}), change: changeAndRefresh, once: true },
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
