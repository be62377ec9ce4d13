import { createRefresher, type Refresher } from '../../lib/publishing/refresher.ts';
import { createLoader } from '../../lib/reading/loader.ts';
import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { createDatabaseSource } from './database-source.ts';
import { type Call, intercept } from './intercept.ts';
import { createModelledDatabase } from './modelled-database.ts';
import { createReported } from './reported.ts';
import { createTestClock } from './test-clock.ts';

/** What a test does around a call of a port: `around['settle'] = async (proceed) => …`. */
export type Around = Record<
  string,
  ((proceed: () => Promise<unknown>, call: Call) => Promise<unknown>) | undefined
>;

/** A modelled database, a store in memory, and the real refresher and loader, whose calls are noted and can be tampered with. */
export function createService({
  epoch = 1,
  refreshAlways = false,
}: {
  epoch?: number;
  refreshAlways?: boolean;
} = {}) {
  const database = createModelledDatabase();
  const clock = createTestClock();
  const { report, events, names } = createReported();
  const calls: string[] = [];
  const around: Around = {};
  const watched = <Port extends object>(prefix: string, port: Port) =>
    intercept(port, (call, proceed) => {
      const name = `${prefix}.${call.method}`;
      calls.push(name);
      return around[name]?.(proceed, call) ?? proceed();
    });

  const store = createMemoryStore();
  const requests = createMemoryRequests();
  let owners = 0;
  const watchedStore = watched('store', store);
  const refresher: Refresher = createRefresher({
    store: watchedStore,
    requests: watched('requests', requests),
    source: watched('source', createDatabaseSource(database)),
    epoch,
    clock,
    newOwner: () => `owner ${++owners}`,
    report,
    sizes: { fillBytes: 1, mostBytes: 2 },
  });
  const load = createLoader({
    name: 'topics',
    store: watchedStore,
    refresher: async () => refresher,
    refreshAlways,
    report,
  });

  return {
    database,
    clock,
    events,
    names,
    /** Calls of the ports by the code under test. */
    calls,
    count: (name: string) => calls.filter((call) => call === name).length,
    around,
    /** Not watched: what a test asks itself is not noted. */
    store,
    requests,
    refresher,
    load,
    change(rows: readonly string[] = ['1']) {
      const xid = database.begin(rows);
      database.commit(xid);
      return xid;
    },
    table: () => database.recordsIn(database.snapshot()),
    refresh: (request: Partial<Parameters<Refresher['refresh']>[0]> = {}) =>
      refresher.refresh({ deadlineMs: clock.now() + 30_000, wait: false, lingerMs: 0, ...request }),
    resume: () => refresher.resume({ deadlineMs: clock.now() + 30_000 }),
    /** Another container takes the lease, and does nothing with it. */
    leaseTaken: (ms = 10_000) =>
      requests.acquire({ owner: 'another', nowMs: clock.now(), untilMs: clock.now() + ms }),
  };
}

/** Once only, then as if it had never been there. */
export function once(around: Around, name: string, act: NonNullable<Around[string]>) {
  around[name] = (proceed, call) => {
    around[name] = undefined;
    return act(proceed, call);
  };
}
