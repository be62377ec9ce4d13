import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from '../bundles.ts';
import { type Figure, figureOf } from '../figure.ts';
import { type Container, withContainer } from '../lambda/container.ts';
import { installRuntimeClient } from '../lambda/install.ts';
import { listRequest, parseReply, type Reply } from '../lambda/request.ts';
import type { Bench } from '../measure.ts';
import { inTurns } from '../turns.ts';
import { publish } from '../world.ts';

const requestsPerBatch = 20;

/**
 * Warm requests through AWS's runtime client: from handing out the event until the whole answer is here. The
 * list function stands beside a function that gives the very same answer as a constant, so what is between
 * them is what the list function does; the rest is the runtime's way of carrying so many bytes.
 */
export async function measure({ world, sizes, quick, progress }: Bench): Promise<Figure[]> {
  const runtimeClient = await installRuntimeClient({ progress });
  const bundles = { list: await bundled('list'), constant: await bundled('constant') };
  const folder = await mkdtemp(join(tmpdir(), 'offload-loop-'));
  const environment = { ANSWER_FILE: join(folder, 'answer.json') };
  const roundsAt = (rows: number) => (quick ? 5 : rows < 100_000 ? 25 : 10);

  async function compare(list: Container, { variant, request, reply }: Case, rows: number) {
    await writeFile(environment.ANSWER_FILE, JSON.stringify(reply));
    return withContainer({ runtimeClient, bundle: bundles.constant, environment }, async (constant) => {
      await expectSame(reply, constant, request);
      const subjects = [
        { subject: 'list function', container: list },
        { subject: 'constant function', container: constant },
      ];
      const take = ({ container }: { container: Container }) => batch(container, request, reply.statusCode);
      await inTurns(2, subjects, take); // what runs often is compiled
      return [...(await inTurns(roundsAt(rows), subjects, take))].map(([{ subject }, times]) =>
        figureOf({ measure: 'loop', subject, variant, rows, unit: 'ms' }, times.flat()),
      );
    });
  }

  const figures: Figure[] = [];
  try {
    for (const rows of sizes) {
      const place = await world.at(rows);
      await publish(place);
      progress(`warm requests through the runtime client at ${rows.toLocaleString('en')} topics`);
      const options = { runtimeClient, bundle: bundles.list, environment: place.environment };
      await withContainer(options, async (list) => {
        for (const one of await casesOf(list)) figures.push(...(await compare(list, one, rows)));
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return figures;
}

interface Case {
  variant: string;
  request: unknown;
  /** What the list function answers. */
  reply: Reply;
}

/**
 * A list that is too large for an answer of Lambda is refused: then the refusal is measured, and called that.
 */
async function casesOf(list: Container): Promise<Case[]> {
  const caseOf = async (variant: string, status: number, headers: Record<string, string>) => {
    const request = listRequest(headers);
    const reply = await replyOf(list, request);
    if (reply.statusCode === 413) return { variant: '413', request, reply };
    if (reply.statusCode !== status)
      throw new Error(`${variant} is answered ${reply.statusCode}: ${reply.body}`);
    return { variant, request, reply };
  };
  const plain = await caseOf('plain', 200, { 'accept-encoding': 'identity' });
  const gzip = await caseOf('gzip', 200, { 'accept-encoding': 'gzip' });
  const etag = gzip.reply.headers['etag'] ?? '';
  return [
    plain,
    gzip,
    await caseOf('304', 304, { 'accept-encoding': 'gzip', 'if-none-match': etag }),
    await caseOf('asks DynamoDB', 200, { 'accept-encoding': 'gzip', 'cache-control': 'no-cache' }),
  ];
}

const replyOf = async (container: Container, request: unknown) =>
  parseReply((await container.invoke(request)).body);

async function expectSame(reply: Reply, constant: Container, request: unknown) {
  const { statusCode, body } = await replyOf(constant, request);
  if (statusCode !== reply.statusCode || body !== reply.body)
    throw new Error('the constant function answers something else than the list function');
}

/** @returns milliseconds of each request @throws Error where an answer has another status */
async function batch(container: Container, request: unknown, status: number): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < requestsPerBatch; count += 1) {
    const { handedOutAtMs, answeredAtMs, body } = await container.invoke(request);
    // In the text of a list, quotes are escaped. To parse megabytes each time would disturb what is timed.
    if (!body.includes(`"statusCode":${status}`))
      throw new Error(`not answered ${status}: ${body.subarray(0, 500)}`);
    times.push(answeredAtMs - handedOutAtMs);
  }
  return times;
}
