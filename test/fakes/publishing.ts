import type { RefreshRequest } from '../../lib/publishing/refreshed.ts';
import { createRefresher, type RefresherDeps } from '../../lib/publishing/refresher.ts';
import type { SweepProgress } from '../../lib/publishing/sweep.ts';
import { sweep } from '../../lib/publishing/sweep.ts';
import { unpack } from '../../lib/snapshots/chunk.ts';
import { entryOf } from '../../lib/snapshots/forms.ts';
import type { LeftOut, SourceTable } from '../../lib/source/dataset-source.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';
import { type Call, intercept } from './intercept.ts';
import { createModelledDatabase, type ModelledDatabase } from './modelled-database.ts';
import { createModelledSource } from './modelled-source.ts';
import { form } from './records.ts';
import { createReported } from './reported.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

/** A test's wrappers of port calls: `around['requests.settle'] = async (proceed) => …`. */
export type Around = Record<
  string,
  ((proceed: () => Promise<unknown>, call: Call) => Promise<unknown>) | undefined
>;

/** A modelled database, stores in memory, and real refreshers. Tests can inspect and wrap their calls. */
export function createPublishing({
  database = createModelledDatabase({
    tables: { topics: ['1', '2', '3', '4'], tags: ['1', '2', '3'] },
  }),
  clock = createTestClock(),
  ...options
}: Partial<Omit<RefresherDeps, 'clock'>> & { clock?: TestClock; database?: ModelledDatabase } = {}) {
  const { report, events, names } = createReported();
  const calls: string[] = [];
  const around: Around = {};
  const watched = <Port extends object>(prefix: string, port: Port) =>
    intercept(port, (call, proceed) => {
      const name = `${prefix}.${call.method}`;
      calls.push(name);
      return around[name]?.(proceed, call) ?? proceed();
    });
  let ids = 0;
  const newId = () => `id ${++ids}`;
  const pointers = createMemoryPointers();
  const blobs = createMemoryBlobs();
  const requests = createMemoryRequests(newId);
  const ports = {
    pointers: watched('pointers', pointers),
    blobs: watched('blobs', blobs),
    requests: watched('requests', requests),
  };
  const leavesOut = new Map<string, LeftOut>();

  /** A container of a release. */
  function container({
    form: ofRelease = form,
    mayLose = 1,
    ...more
  }: Partial<RefresherDeps> & Partial<Pick<SourceTable, 'form' | 'mayLose'>> = {}) {
    const source = createModelledSource(database, {
      tables: ['topics', 'tags'].map((name) => ({ name, form: ofRelease, mayLose })),
      leavesOut: (table) => leavesOut.get(table),
    });
    return createRefresher({
      ...{ ...ports, source: watched('source', source), clock, newId, report, random: () => 0.5 },
      sizes: { fillBytes: 1, mostBytes: 2 },
      putsAtOnce: 1,
      ...options,
      ...more,
    });
  }
  const refresher = container();
  const operating = { pointers: ports.pointers, blobs: ports.blobs, nowMs: clock.now, newId };

  return {
    ...{ database, clock, report, events, names, calls, around, leavesOut, container, refresher, newId },
    count: (name: string) => calls.filter((call) => call === name).length,
    /** Unrecorded stores for the test's own calls. */
    ...{ pointers, blobs, requests, ports, operating },
    change(rows: readonly string[] = ['1']) {
      const xid = database.begin(rows);
      database.commit(xid);
      return xid;
    },
    refresh: (request: Partial<RefreshRequest> = {}) =>
      refresher.refresh({ deadlineMs: clock.now() + 30_000, wait: false, lingerMs: 0, ...request }),
    resume: () => refresher.resume({ deadlineMs: clock.now() + 30_000 }),
    sweep: (resume?: SweepProgress, deadlineMs = clock.now() + 30_000, historyForMs = 3_600_000) =>
      sweep({ ...ports, nowMs: clock.now, newId, report, historyForMs }, { resume, deadlineMs }),
    /** Another container takes the lease, and does no work. */
    leaseTaken: (ms = 10_000) =>
      requests.acquire({ owner: 'another', nowMs: clock.now(), untilMs: clock.now() + ms }),
    async pointer() {
      const pointer = await pointers.read();
      if (pointer === undefined) throw new Error('there is no pointer');
      return pointer;
    },
    /** A table's published records. @param generation an archived generation; default: the current one */
    async published(table = 'topics', generation?: number, ofForm = form): Promise<string | undefined> {
      const pointer =
        generation === undefined ? await pointers.read() : await pointers.readArchived(generation);
      const entry = pointer && entryOf((await readTables(blobs, pointer))[table], ofForm);
      if (entry === undefined) return undefined;
      const { refs } = await readChunkRefs(blobs, entry.manifest);
      const stored = new Map(
        (await blobs.read(refs.map(({ hash }) => hash))).map((blob) => [blob.hash, blob]),
      );
      return refs
        .map(({ hash }) => {
          const blob = stored.get(hash);
          return blob === undefined ? 'MISSING' : unpack(blob).open().records.toString();
        })
        .join(',');
    },
    /** A table's records in the database. */
    truth: (table = 'topics') =>
      database
        .recordsIn(table)
        .map(({ json }) => json)
        .join(','),
    async stored() {
      return (await blobs.scan(undefined)).seen.map(({ hash }) => hash).sort();
    },
  };
}
export type Publishing = ReturnType<typeof createPublishing>;

/** Wraps only the next call. */
export function once(around: Around, name: string, act: NonNullable<Around[string]>) {
  around[name] = (proceed, call) => {
    around[name] = undefined;
    return act(proceed, call);
  };
}

/** Freezes a container at a call until the test continues it. */
export function frozenAt(around: Around, name: string) {
  let goOn = () => {};
  let reached = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  once(around, name, async (proceed) => {
    reached();
    await mayGoOn;
    return proceed();
  });
  return { isReached, goOn: () => goOn() };
}
