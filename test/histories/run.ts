import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { check, type Violation } from './check.ts';
import type { Line } from './line.ts';
import type { FromProcess } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { amountPerRow, startParts } from './parts.ts';
import { startRefreshers, timeoutMs } from './refreshers.ts';
import { startProcess } from './started-process.ts';

export interface RunOptions {
  seed: number;
  seconds: number;
  /** Whether containers are killed and frozen, the cache goes away, and calls fail. */
  mishaps?: boolean;
  /** Of the refreshers, one number for each: by how much its clock is wrong. */
  clockOffsetsMs?: readonly number[];
  /** Hears each line of the history at once. */
  onLine?: (line: Line) => void;
  signal?: AbortSignal;
}

export interface Run {
  lines: Line[];
  violations: Violation[];
}

const freshness = { freshForMs: 300, staleLimitMs: 60_000, transactionWaitMs: 1_000 };
const rows = 400;
const writerSessions = 4;
const readerCount = 4;
const scheduleEveryMs = 1_000;
/** For how long the schedule may take to find everything that was left undone. */
const quietWithinMs = 30_000;

/** Everybody at work on real parts, some of it going wrong, until time is up and all is quiet; and what the history says. */
export async function run({
  seed,
  seconds,
  mishaps = true,
  clockOffsetsMs = [0, 0, 0],
  onLine = () => {},
  signal = new AbortController().signal,
}: RunOptions): Promise<Run> {
  const random = createSeededRandom(seed);
  const lines: Line[] = [];
  const note = (line: Line) => {
    lines.push(line);
    onLine(line);
  };
  const { freshForMs } = freshness;
  note({ kind: 'begin', seed, total: rows * amountPerRow, freshForMs, atMs: monotonicMs() });

  await using cleanUp = new AsyncDisposableStack();
  const parts = await startParts({ seed, rows, faults: mishaps, onHead: note });
  cleanUp.defer(() => parts.close());
  const refreshers = startRefreshers({
    containers: clockOffsetsMs.map((clockOffsetMs) => parts.settings({ clockOffsetMs })),
    ...{ random, on: note },
  });
  cleanUp.defer(() => refreshers.stop());

  let timeIsUp = false;
  const deliveries = new Set<Promise<void>>();
  let events = 0;
  function deliver(xid: string) {
    events += 1;
    const delivery = refreshers.deliver(xid).finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
    readers[Math.floor(random() * readers.length)]?.tell({ type: 'transaction', xid });
  }

  const readers = Array.from({ length: readerCount }, (_, at) => {
    const name = `reader ${at + 1}`;
    const settings = { name, seed: seed * 100 + at, container: parts.settings(), freshness };
    const reader = startProcess('reader', name, settings, (message) => {
      if (message.type === 'line') note(message.line);
      // When time is up, events and the schedule alone see to it that no change is lost.
      if (message.type === 'refresh' && !timeIsUp)
        void refreshers.once('caller', []).then(() => reader.tell({ type: 'done', id: message.id }));
    });
    cleanUp.defer(() => void reader.child.kill('SIGKILL'));
    return reader;
  });
  await Promise.all([refreshers.ready(), ...readers.map(({ ready }) => ready)]);

  const writerSettings = { seed, databaseUrl: parts.database.url, sessions: writerSessions, mostHeldMs: 300 };
  const writers = startProcess('writers', 'writers', writerSettings, (message: FromProcess) => {
    if (message.type === 'line') note(message.line);
    if (message.type === 'event') deliver(message.xid);
  });
  cleanUp.defer(() => void writers.child.kill('SIGKILL'));

  const atWork = new AbortController();
  const scheduled = repeat(
    () => scheduleEveryMs,
    () => refreshers.once('schedule', []),
    atWork.signal,
  );
  const working = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1_000)]);
  const pauseMs = () => 1_000 + random() * 2_000;
  const troubled = mishaps ? repeat(pauseMs, trouble, working) : undefined;

  async function trouble() {
    const share = random();
    if (share < 0.6) return refreshers.kill();
    if (share < 0.85) return refreshers.freeze(timeoutMs * (0.5 + random()));
    note({ kind: 'mishap', what: 'cache outage', atMs: monotonicMs() });
    parts.dynamoDb.outage(random() * 1_000);
  }

  if (!working.aborted) await new Promise((over) => working.addEventListener('abort', over));
  timeIsUp = true;
  await troubled;
  const faults = parts.faults();
  parts.calm();
  writers.tell({ type: 'stop' });
  await writers.exited;
  await within(quietWithinMs, async () => deliveries.size === 0);
  await within(quietWithinMs, async () => {
    const { requested, served, pending } = await parts.requests.read();
    return served >= requested && pending.length === 0;
  });
  atWork.abort();
  await scheduled;
  for (const reader of readers) reader.tell({ type: 'stop' });
  await Promise.all(readers.map(({ exited }) => exited));

  for (const effect of await parts.effects()) note(effect);
  note({
    kind: 'end',
    atMs: monotonicMs(),
    tableHash: await parts.tableHash(),
    ...(await parts.requests.read()),
    ...{ events, statements: parts.dataApi.stats.calls.ExecuteStatement, faults },
  });
  return { lines, violations: check(lines) };
}

async function repeat(everyMs: () => number, act: () => Promise<unknown>, signal: AbortSignal) {
  for (;;) {
    await sleep(everyMs(), undefined, { signal }).catch(() => {}); // it ends
    if (signal.aborted) return;
    await act();
  }
}

/** Waits until something holds, or time is up: whether it does is for the rules to say. */
async function within(mostMs: number, holds: () => Promise<boolean>) {
  const untilMs = monotonicMs() + mostMs;
  while (!(await holds()) && monotonicMs() < untilMs) await sleep(50);
}
