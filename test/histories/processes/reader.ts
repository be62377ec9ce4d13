/** A container of the list function, and its clients, one request after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Load } from '../../../lib/reading/loader.ts';
import { createReader, type ReadRequest, type Served } from '../../../lib/reading/reader.ts';
import { createSeededRandom } from '../../../local/data-api/seeded-random.ts';
import { ContainerSettings, createContainer } from '../container.ts';
import type { LineOf } from '../line.ts';
import { monotonicMs } from '../monotonic.ts';
import { answerHash } from '../truth.ts';
import { codeOf, openChannel } from './process.ts';

const Settings = z.object({
  name: z.string(),
  seed: z.int(),
  container: ContainerSettings,
  freshness: z.object({ freshForMs: z.number(), staleLimitMs: z.number(), transactionWaitMs: z.number() }),
});
const Body = z.object({ topics: z.array(z.object({ title: z.coerce.number() })) });

let stopped = false;
let transaction: string | undefined;
const waiting = new Map<number, () => void>();

const { settings, send, exit } = openChannel(Settings, (message) => {
  if (message.type === 'stop') stopped = true;
  if (message.type === 'transaction') transaction = message.xid;
  if (message.type === 'done') waiting.get(message.id)?.();
});
const random = createSeededRandom(settings.seed);
const report = () => {};
const { clock, shared, own } = createContainer(settings.container, { report });

/** Beside the reader, and by another clock: when the last question was put that was answered, and when it was. */
let asked = { askedMs: Number.NEGATIVE_INFINITY, answeredMs: Number.NEGATIVE_INFINITY };
let putMs = 0;
const reader = createReader({
  load(held, deadlineMs) {
    putMs = monotonicMs();
    return noted(shared.load)(held, deadlineMs);
  },
  // The table is asked the same question that the store did not answer.
  loadWithoutStore: (held, deadlineMs) => noted(own.load)(held, deadlineMs),
  ...{ freshness: settings.freshness, clock, report },
});
const noted =
  (load: Load): Load =>
  async (held, deadlineMs) => {
    const loaded = await load(held, deadlineMs);
    asked = { askedMs: putMs, answeredMs: monotonicMs() };
    return loaded;
  };

type Line = LineOf<'read'>;

async function read(how: Line['how'], request: Omit<ReadRequest, 'deadlineMs'>, last = false) {
  const { transactionId: xid } = request;
  const beganMs = monotonicMs();
  const line = { kind: 'read', process: settings.name, how, beganMs, last, ...(xid ? { xid } : {}) } as const;
  try {
    const served = await reader.read({ ...request, deadlineMs: clock.now() + 5_000 });
    const atMs = monotonicMs();
    send({ type: 'line', line: { ...line, atMs, answer: answerOf(served) } });
  } catch (error) {
    send({ type: 'line', line: { ...line, atMs: monotonicMs(), code: codeOf(error) } });
  }
}

function answerOf({ snapshot: { head, body }, ageMs, stale, from }: Served) {
  const { epoch, rank, snapshot, etag } = head;
  const answer = body();
  return {
    ...{ version: { epoch, rank }, snapshot, etag, ageMs, stale, from, ...asked },
    hash: answerHash(answer),
    sum: Body.parse(JSON.parse(answer.toString())).topics.reduce((sum, { title }) => sum + title, 0),
  };
}

let calls = 0;
async function refreshed() {
  calls += 1;
  const id = calls;
  const done = new Promise<void>((resolve) => waiting.set(id, resolve));
  send({ type: 'refresh', id });
  await Promise.race([done, sleep(3_000, undefined, { ref: false })]);
}

async function oneClient() {
  while (!stopped) {
    const share = random();
    if (share < 0.1) {
      await refreshed();
      await read('no-cache', { noCache: true });
    } else if (share < 0.3) await read('no-cache', { noCache: true });
    else if (share < 0.4 && transaction !== undefined)
      await read('transaction', { transactionId: transaction });
    else await read('plain', {});
    await sleep(random() * 60);
  }
}

send({ type: 'ready' });
await Promise.all([oneClient(), oneClient()]);
await read('no-cache', { noCache: true }, true);
await exit();
