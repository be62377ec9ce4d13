import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweep } from '../../lib/publishing/sweep.ts';
import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { until } from '../support/until.ts';
import { check, type Violation } from './check.ts';
import { createContainer } from './container.ts';
import type { Line } from './line.ts';
import type { FromProcess } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { createHistoryOperator } from './operator.ts';
import { amountPerRow, keptRows, type Parts, startParts } from './parts.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { startRefreshers, timeoutMs } from './refreshers.ts';
import { startProcess } from './started-process.ts';

export interface RunOptions {
  seed: number;
  seconds: number;
  /** Whether containers are killed and frozen, the cache fails, calls fail, and an operator runs commands. */
  mishaps?: boolean;
  /** Whether the database, which is then the run's own server, crashes too. */
  crashes?: boolean;
  /** The clock error of each refresher, in ms. */
  clockOffsetsMs?: readonly number[];
  /** The release of each reader; refreshers use them in turn. */
  deployed?: readonly (0 | 1)[];
  /** Receives each line of the history at once. */
  onLine?: (line: Line) => void;
  signal?: AbortSignal;
}

export interface Run {
  lines: Line[];
  violations: Violation[];
}

const freshness = { freshForMs: 300, staleLimitMs: 60_000, transactionWaitMs: 1_000 };
const historyForMs = 3_000;
/** The number of rows in each table. */
const rows = 300;
const writerSessions = 4;
const readerCount = 4;
const scheduleEveryMs = 1_000;
const sweepEveryMs = 600;
/** The time limit for the schedule to serve all open requests. */
const quietWithinMs = 30_000;

/** Runs writers, refreshers, readers and an operator on real parts with faults, then checks the history. */
export async function run({
  seed,
  seconds,
  mishaps = true,
  crashes = false,
  clockOffsetsMs = [0, 0, 0],
  deployed = [0],
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
  const areClocksRight = clockOffsetsMs.every((offsetMs) => offsetMs === 0);
  note({
    ...{ kind: 'begin', seed, total: 2 * rows * amountPerRow, freshForMs, atMs: monotonicMs() },
    ...(areClocksRight ? { historyForMs } : {}),
  });

  await using cleanUp = new AsyncDisposableStack();
  const postgres = crashes ? await startPostgresServer() : undefined;
  if (postgres !== undefined) cleanUp.defer(() => postgres.stop());
  const parts = await startParts({
    ...{ seed, rows, freshness, historyForMs, faults: mishaps, onPointer: note },
    postgresUrl: postgres?.url,
  });
  cleanUp.defer(() => parts.close());
  for (const line of await keptRows(parts, 1)) note(line);
  const settingsOf = (at: number, clockOffsetMs = 0) =>
    parts.settings({ clockOffsetMs, release: deployed[at % deployed.length] ?? 0 });

  const refreshers = startRefreshers({
    containers: clockOffsetsMs.map((clockOffsetMs, at) => settingsOf(at, clockOffsetMs)),
    ...{ random, on: note },
  });
  cleanUp.defer(() => refreshers.stop());
  const sweepers = startRefreshers({
    ...{ containers: clockOffsetsMs.slice(0, 2).map((clockOffsetMs) => parts.settings({ clockOffsetMs })) },
    ...{ random, on: note, called: 'sweeper' },
  });
  cleanUp.defer(() => sweepers.stop());

  let timeIsUp = false;
  const deliveries = new Set<Promise<void>>();
  let events = 0;
  function deliver(epoch: number, xid: string) {
    events += 1;
    const delivery = refreshers.deliver(xid).finally(() => deliveries.delete(delivery));
    deliveries.add(delivery);
    readers[Math.floor(random() * readers.length)]?.tell({ type: 'transaction', epoch, xid });
  }

  const readers = Array.from({ length: readerCount }, (_, at) => {
    const name = `reader ${at + 1}`;
    const settings = { name, seed: seed * 100 + at, container: settingsOf(at) };
    const reader = startProcess('reader', name, settings, (message) => {
      if (message.type === 'line') note(message.line);
      // After the time, only events and the schedule guarantee that no change is lost.
      if (message.type === 'refresh' && !timeIsUp)
        void refreshers.once('caller', []).then(() => reader.tell({ type: 'done', id: message.id }));
    });
    cleanUp.defer(() => void reader.child.kill('SIGKILL'));
    return reader;
  });
  await Promise.all([refreshers.ready(), sweepers.ready(), ...readers.map(({ ready }) => ready)]);

  const writerSettings = { seed, databaseUrl: parts.database.url, sessions: writerSessions };
  const writers = startProcess(
    'writers',
    'writers',
    { ...writerSettings, mostHeldMs: 300, crashes },
    (message: FromProcess) => {
      if (message.type === 'line') note(message.line);
      if (message.type === 'event') deliver(message.epoch, message.xid);
    },
  );
  cleanUp.defer(() => void writers.child.kill('SIGKILL'));

  const atWork = new AbortController();
  const working = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1_000)]);
  const scheduled = [
    repeat(
      () => scheduleEveryMs,
      () => refreshers.once('schedule', []),
      atWork.signal,
    ),
    repeat(
      () => sweepEveryMs * (0.5 + random()),
      () => sweepers.once('sweep', []),
      working,
    ),
  ];
  const { stores } = createContainer(parts.settings(), { report: () => {} });
  const operator = createHistoryOperator({
    ...{ ...stores, deleteRefreshItem: parts.deleteRefreshItem, random, on: note },
  });
  const between = (leastMs: number, mostMs: number) => () => leastMs + random() * (mostMs - leastMs);
  const troubled = mishaps
    ? [repeat(between(700, 2_500), trouble, working), repeat(between(500, 2_500), operator.act, working)]
    : [];
  if (postgres !== undefined) {
    let epoch = 1;
    const crash = async () => crashed(parts, postgres, ++epoch);
    troubled.push(repeat(between(2_500, 6_000), crash, working));
  }

  async function trouble() {
    const share = random();
    const containers = random() < 0.8 ? refreshers : sweepers;
    if (share < 0.6) return containers.kill();
    if (share < 0.85) return containers.freeze(timeoutMs * (0.5 + random()));
    note({ kind: 'mishap', what: 'cache outage', atMs: monotonicMs() });
    parts.dynamoDb.outage(random() * 1_000);
  }

  async function crashed(parts: Parts, postgres: PostgresServer, epoch: number) {
    const beganMs = monotonicMs();
    note({ kind: 'mishap', what: 'database crash', atMs: beganMs });
    await postgres.crash();
    for (const line of await keptRows(parts, epoch)) note(line);
    note({ kind: 'restart', beganMs, atMs: monotonicMs(), epoch });
    writers.tell({ type: 'restarted', epoch });
    // What the crash took back is listed until there is one refresh.
    await until('a refresh ends well', () => refreshers.once('caller', []), {
      withinMs: 120_000,
      everyMs: 100,
    });
  }

  if (!working.aborted) await new Promise((over) => working.addEventListener('abort', over));
  timeIsUp = true;
  await Promise.all(troubled);
  const faults = parts.faults();
  parts.calm();
  await operator.leave();
  writers.tell({ type: 'stop' });
  await writers.exited;
  await within(quietWithinMs, async () => deliveries.size === 0);
  await within(quietWithinMs, async () => {
    const state = await parts.stores.requests.read();
    return state !== undefined && state.served >= state.requested && state.pending.size === 0;
  });
  atWork.abort();
  await Promise.all(scheduled);
  for (const reader of readers) reader.tell({ type: 'stop' });
  await Promise.all(readers.map(({ exited }) => exited));
  await Promise.all([refreshers.stop(), sweepers.stop()]);

  for (let sweeps = 0; sweeps < 2; sweeps += 1) {
    const deps = { ...stores, nowMs: Date.now, newId: randomUUID, report: () => {}, historyForMs };
    await sweep(deps, { deadlineMs: Number.POSITIVE_INFINITY });
  }
  const state = await parts.stores.requests.read();
  note({
    kind: 'end',
    atMs: monotonicMs(),
    tableHashes: await parts.tableHashes(),
    ...{
      requested: state?.requested ?? 1,
      served: state?.served ?? 0,
      pending: [...(state?.pending.keys() ?? [])],
    },
    ...(await parts.unmatchedBlobs()),
    ...{ events, statements: parts.dataApi.stats.calls.ExecuteStatement, faults },
  });
  return { lines, violations: check(lines) };
}

async function repeat(everyMs: () => number, act: () => Promise<unknown>, signal: AbortSignal) {
  for (;;) {
    await sleep(everyMs(), undefined, { signal }).catch(() => {}); // aborted
    if (signal.aborted) return;
    await act();
  }
}

/** Waits for a condition, up to a time limit; the rules check the result. */
async function within(mostMs: number, holds: () => Promise<boolean>) {
  const untilMs = monotonicMs() + mostMs;
  while (!(await holds()) && monotonicMs() < untilMs) await sleep(50);
}
