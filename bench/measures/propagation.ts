import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { installTriggers, removeTriggers } from '../../database/trigger.ts';
import { startAwsLambda } from '../../local/aws-lambda/start.ts';
import { serve } from '../../local/serve.ts';
import { get } from '../events.ts';
import { besideEach } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import { startFunction } from '../process.ts';
import { publish, startRefresh } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const rows = 1_000;
const mostMs = 30_000;
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:bench-refresh';

/**
 * From the start of a write until another process's list shows it: trigger, Lambda's Invoke, refresh function, DynamoDB, and a
 * list function that is polled. For the original: the write, its `/refresh/`, and one list of the same process.
 */
export const measure: Measure = async ({ world, later, python, now, quick }) => {
  const database = await world.database('propagation', rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const writer = await world.writer(database);
  const refresh = await later(startRefresh(now, environment));
  const list = await later(startFunction('list', (await now.bundle('functions/list.ts')).file, environment));
  const original = await later(startUvicorn(python, 'original', database.url));
  /** Events in arrival order: a container runs one at a time. */
  let queue: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  const lambda = await later(
    serve(0, { maxRequestBytes: 1_000_000 }, ({ body, headers }, response) => {
      const isEvent = headers['x-amz-invocation-type'] === 'Event'; // false for the installation's dry run
      response.writeHead(isEvent ? 202 : 204).end();
      if (!isEvent) return;
      const event: unknown = JSON.parse(body.toString());
      queue = queue
        .then(() => refresh.do({ event }, 'published'))
        .catch((error: unknown) => (failure = error));
    }),
  );
  await later(startAwsLambda({ databaseUrl: database.url, lambdaUrl: lambda.url }));
  await installTriggers(writer, { relations: ['public.bbs_topic'], functionArn });
  await later({ stop: () => removeTriggers(writer) });

  const write = async (title: string) => {
    const startMs = performance.now();
    await writer.query('UPDATE bbs_topic SET title = $1 WHERE id = 1', [title]);
    return startMs;
  };
  const inOurs = async (title: string) => {
    const startMs = await write(title);
    const event = get('/topics/', { 'cache-control': 'no-cache' });
    for (;;) {
      if ((await list.answer({ event }, '200')).body.includes(title)) return performance.now() - startMs;
      if (failure !== undefined) throw failure;
      if (performance.now() - startMs > mostMs)
        throw new Error(`No list shows "${title}" after ${mostMs} ms.`);
      await sleep(2);
    }
  };
  const inOriginal = async (title: string) => {
    await writer.query('SET session_replication_role = replica'); // disables the trigger
    const startMs = await write(title);
    for (const path of ['refresh/', 'topics/']) {
      const text = await (await fetch(`${original.url}${path}`)).text();
      if (!text.includes(title)) throw new Error(`FastAPI's /${path} does not show "${title}".`);
    }
    const ms = performance.now() - startMs;
    await writer.query('SET session_replication_role = origin');
    return ms;
  };
  const turn = (change: (title: string) => Promise<number>) => () =>
    change(`change ${randomUUID()}`).finally(() => queue);
  const subjects = [
    { name: names.now, take: turn(inOurs) },
    { name: names.original, take: turn(inOriginal) },
  ];
  const samples = await inTurns(subjects, { rounds: quick ? 10 : 100, warmUps: 3 });
  const what = 'From a write to another process’s list';
  return besideEach({ id: 'propagation', what, rows, unit: 'ms' }, samples);
};
