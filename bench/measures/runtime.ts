import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Build, benchDir } from '../build.ts';
import { get, gzip } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Container, parseReply, requireRuntimeClient, startContainer } from '../lambda/container.ts';
import { type Measure, names } from '../measure.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const requestsPerBatch = 20;
const noCache = { ...gzip, 'cache-control': 'no-cache' };
const variants = {
  uncompressed: {},
  gzip,
  '304': gzip,
  'validates with DynamoDB first, gzip': noCache,
  'validates with DynamoDB first, 304': noCache,
};

/**
 * A warm request through AWS's runtime client to the last byte, compared with a function that returns the same bytes without
 * work: the difference is the list function's own time.
 */
export const measure: Measure = async ({ world, later, now, before, quick, progress }) => {
  await requireRuntimeClient();
  const figures: Figure[] = [];
  for (const rows of quick ? [1_000] : [1_000, 100_000]) {
    const database = await world.database(`runtime_${rows}`, rows);
    const published = async (build: Build) => {
      const environment = await world.cached(database, { root: build.root });
      await publish(build, environment);
      const { file } = await build.bundle('functions/list.ts');
      return () => startContainer(file, environment);
    };
    const [startList, startFormer] = [await published(now), before && (await published(before))];
    const { file: constantFile } = await now.bundle('bench/functions/constant.ts');
    for (const [variant, headers] of Object.entries(variants)) {
      if (rows > 10_000 && variant === 'uncompressed') continue; // exceeds a Lambda response
      progress(`${variant} through the runtime client, ${rows.toLocaleString('en')} rows`);
      const list = await later(startList());
      /** With the container's own ETag: the former commit's differ. */
      const eventOf = async (container: Container) =>
        get('/topics/', { ...headers, ...(variant.endsWith('304') ? await etagOf(container) : {}) });
      const event = await eventOf(list);
      const { body } = await list.invoke(event);
      const { statusCode } = parseReply(body);
      const ANSWER_FILE = join(benchDir, 'answer.json');
      await writeFile(ANSWER_FILE, body);
      const subjectOf = (name: string, container: Container, own = event) => ({
        name,
        take: () => batch(container, own, statusCode),
      });
      const subjects = [
        subjectOf(names.now, list),
        subjectOf(names.constant, await later(startContainer(constantFile, { ANSWER_FILE }))),
      ];
      if (startFormer !== undefined) {
        const former = await later(startFormer());
        subjects.push(subjectOf(names.before, former, await eventOf(former)));
      }
      const samples = await inTurns(subjects, { rounds: quick ? 5 : 25, warmUps: 10 });
      const figure = { id: `runtime.${variant}`, what: `Warm, through the runtime client: ${variant}`, rows };
      const targets = headers === noCache ? { [names.before]: 1 } : { [names.constant]: 1.2 };
      figures.push(...besideEach({ ...figure, unit: 'ms' }, samples, targets));
    }
  }
  return figures;
};

async function etagOf(container: Container) {
  const { headers } = parseReply((await container.invoke(get('/topics/', gzip))).body);
  return { 'if-none-match': headers['etag'] ?? '' };
}

/** @returns ms of each request */
async function batch(container: Container, event: unknown, status: number): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < requestsPerBatch; count += 1) {
    const { handedOutAtMs, answeredAtMs, body } = await container.invoke(event);
    // Parsing megabytes each time would disturb the timing. Quotes in a list's text are escaped, so the search is safe.
    if (!body.includes(`"statusCode":${status}`))
      throw new Error(`The answer is not ${status}: ${body.subarray(0, 500)}`);
    times.push(answeredAtMs - handedOutAtMs);
  }
  return times;
}
