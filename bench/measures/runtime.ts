import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Container, requireRuntimeClient, startContainer } from '../lambda/container.ts';
import { parseReply } from '../lambda/reply.ts';
import { type Measure, names } from '../measure.ts';
import { withAll } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const requestsPerBatch = 20;
const asksFirst = { ...gzip, 'cache-control': 'no-cache' };

/**
 * A warm request through AWS's runtime client until its last byte is out, beside a function that answers the same bytes
 * without any work: what is more than its time is the list function's own.
 */
export const measure: Measure = async ({ world, now, before, quick, progress }) => {
  await requireRuntimeClient();
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000] : [1_000, 100_000]) {
    const database = await world.database('runtime', rows);
    for (const [variant, headers, atMost] of [
      ['plain', {}, 1.2],
      ['gzip', gzip, 1.2],
      ['304', gzip, 1.2],
      ['asks DynamoDB first, gzip', asksFirst, undefined],
    ] as const) {
      if (rows > 10_000 && variant === 'plain') continue; // more than an answer of Lambda may have
      progress(`${variant} through the runtime client, ${rows.toLocaleString('en')} rows`);
      figures.push(
        ...(await withAll(async (later) => {
          const start = async (bundle: string, environment: Record<string, string>) =>
            later(startContainer({ bundle, environment }));
          const environment = await world.cached(database);
          await publish(now, environment);
          const list = await start((await now.bundle('functions/list.ts')).file, environment);
          const request = get('/topics/', { ...headers, ...(variant === '304' ? await etagOf(list) : {}) });
          const ANSWER_FILE = join(benchDir, 'answer.json');
          const { body } = await list.invoke(request);
          const { statusCode } = parseReply(body);
          await writeFile(ANSWER_FILE, body);
          const bundle = await now.bundle('bench/functions/constant.ts');
          const constant = await start(bundle.file, { ANSWER_FILE });
          const subjects: { name: string; container: Container }[] = [
            { name: names.now, container: list },
            { name: names.constant, container: constant },
          ];
          if (before !== undefined && variant === 'asks DynamoDB first, gzip') {
            const own = await world.cached(database, { root: before.root });
            await publish(before, own);
            const { file } = await before.bundle('functions/list.ts');
            subjects.push({ name: names.before, container: await start(file, own) });
          }
          const take = ({ container }: { container: Container }) => batch(container, request, statusCode);
          await inTurns(10, subjects, take); // warms up
          const taken = await inTurns(quick ? 5 : 25, subjects, take);
          const samples = new Map([...taken].map(([{ name }, times]) => [name, times.flat()]));
          const what = `Warm, through the runtime client: ${variant}`;
          const targets = atMost === undefined ? { [names.before]: 1 } : { [names.constant]: atMost };
          return besideEach({ id: `runtime.${variant}`, what, rows, unit: 'ms' }, samples, targets);
        })),
      );
    }
  }
  return figures;
};

async function etagOf(container: Container) {
  const { headers } = parseReply((await container.invoke(get('/topics/', gzip))).body);
  return { 'if-none-match': headers['etag'] ?? '' };
}

/** @returns ms of each request */
async function batch(container: Container, request: unknown, status: number): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < requestsPerBatch; count += 1) {
    const { handedOutAtMs, answeredAtMs, body } = await container.invoke(request);
    // To parse megabytes each time would disturb what is timed; in a list's text quotes are escaped.
    if (!body.includes(`"statusCode":${status}`))
      throw new Error(`not answered ${status}: ${body.subarray(0, 500)}`);
    times.push(answeredAtMs - handedOutAtMs);
  }
  return times;
}
