/** A container of the list function, with clients that each send one request after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Served } from '../../../lib/reading/served.ts';
import { createSeededRandom } from '../../../local/data-api/seeded-random.ts';
import { ContainerSettings, createContainer, readWhole } from '../container.ts';
import type { LineOf } from '../line.ts';
import { monotonicMs } from '../monotonic.ts';
import { answerFigures } from '../truth.ts';
import { codeOf, openChannel } from './process.ts';

const Settings = z.object({ name: z.string(), seed: z.int(), container: ContainerSettings });

type Line = LineOf<'read'>;
type Request = Pick<Line, 'how' | 'table'> & Partial<Pick<Line, 'transaction' | 'named' | 'last'>>;

let stopped = false;
let transaction: Line['transaction'];
const waiting = new Map<number, () => void>();

const { settings, send, exit } = openChannel(Settings, (message) => {
  if (message.type === 'stop') stopped = true;
  if (message.type === 'transaction') transaction = { epoch: message.epoch, xid: message.xid };
  if (message.type === 'done') waiting.get(message.id)?.();
});
const { name } = settings;
const random = createSeededRandom(settings.seed);
const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];

/** Measured outside the reader with another clock: the times of the last answered read of the pointer, and of its answer. */
let asked = { askedMs: Number.NEGATIVE_INFINITY, answeredMs: Number.NEGATIVE_INFINITY };
const container = createContainer(settings.container, {
  report(event) {
    if (event.name === 'snapshot.broken' && event.level === 'error')
      send({
        type: 'line',
        line: { kind: 'broken', process: name, atMs: monotonicMs(), cause: String(event.cause) },
      });
  },
  async asking(question) {
    const askedMs = monotonicMs();
    const answer = await question();
    if (askedMs >= asked.askedMs) asked = { askedMs, answeredMs: monotonicMs() };
    return answer;
  },
});
const formOf = (table: string) => container.tables.find((one) => one.name === table)?.form ?? '';

const tableNames = ['topics', 'replies'] as const;
/** Versions that clients have seen, and may request again. */
const versions: number[] = [];
const mostVersions = 40;

async function read({ how, table, ...named }: Request) {
  const beganMs = monotonicMs();
  const line = { kind: 'read', process: name, form: formOf(table), how, table, beganMs, ...named } as const;
  try {
    const served = await readWhole(container, table, {
      noCache: how === 'no-cache',
      transactionId: named.transaction?.xid,
      version: named.named,
    });
    const atMs = monotonicMs();
    const answer = { ...asked, ...answerOf(served) };
    send({ type: 'line', line: { ...line, atMs, answer } });
    if (answer.local) return undefined;
    versions.push(answer.version);
    if (versions.length > mostVersions) versions.splice(Math.floor(random() * mostVersions), 1);
    return answer.version;
  } catch (error) {
    send({ type: 'line', line: { ...line, atMs: monotonicMs(), code: codeOf(error) } });
    return undefined;
  }
}

function answerOf({ table, entry, version, body, ageMs, stale, pinned, local, from }: Served) {
  const { form, generation, snapshot, etag } = entry;
  return {
    ...{ version, form, generation, snapshot, etag, ageMs, stale, pinned, local, from },
    ...answerFigures(table, body()),
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
    const table = pick(tableNames) ?? 'topics';
    if (share < 0.1) {
      await refreshed();
      await read({ how: 'no-cache', table });
    } else if (share < 0.25) await read({ how: 'no-cache', table });
    else if (share < 0.35 && transaction !== undefined)
      await read({ how: 'transaction', table, transaction });
    else if (share < 0.55) {
      // Another table of the same moment, as a client that joins two lists requests it.
      const version = await read({ how: 'plain', table });
      const other = table === 'topics' ? 'replies' : 'topics';
      if (version !== undefined) await read({ how: 'version', table: other, named: version });
    } else if (share < 0.65) {
      const named = pick(versions);
      if (named !== undefined) await read({ how: 'version', table, named });
    } else await read({ how: 'plain', table });
    await sleep(random() * 60);
  }
}

send({ type: 'ready' });
await Promise.all([oneClient(), oneClient()]);
for (const table of tableNames) await read({ how: 'no-cache', table, last: true });
await exit();
