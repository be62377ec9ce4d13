import { systemClock } from '../lib/clock.ts';
import { parseConfig } from '../lib/config.ts';
import { createDynamoDb } from '../lib/dynamodb/dynamodb.ts';
import { addressIn } from '../lib/dynamodb/environment.ts';
import { createLog } from '../lib/log.ts';
import { createDynamoDbRequests } from '../lib/snapshots/dynamodb-requests.ts';
import { createDynamoDbStore } from '../lib/snapshots/dynamodb-store.ts';
import { createLoader } from '../lib/snapshots/loader.ts';
import { createMemoryRequests, createMemoryStore } from '../lib/snapshots/memory-store.ts';
import { createReader } from '../lib/snapshots/reader.ts';
import type { RefreshRequests, SnapshotStore } from '../lib/snapshots/store.ts';

/** Once per container: the environment is read, and everything that lasts is made. Nothing is asked of anyone yet. */
export function wire(service: string) {
  const config = parseConfig(process.env);
  const clock = systemClock;
  const nowMs = clock.now;
  const log = createLog({ service, nowMs, write: (line) => process.stdout.write(line) });
  const { report } = log;

  /** A refresher loads the database client, which the list function mostly does without. */
  const refresherFor = once((store: SnapshotStore, requests: RefreshRequests) =>
    import('./origin.ts').then(({ createOrigin }) =>
      createOrigin({ config, store, requests, clock, report }),
    ),
  );
  const loaderFor = (
    store: SnapshotStore,
    requests: RefreshRequests,
    { refreshAlways }: { refreshAlways: boolean },
  ) => {
    const refresher = refresherFor(store, requests);
    return { refresher, load: createLoader({ name: 'topics', store, refresher, refreshAlways, report }) };
  };

  const own = loaderFor(createMemoryStore(), createMemoryRequests(), { refreshAlways: true });
  const shared = config.cacheTable === undefined ? own : sharedLoader(config.cacheTable);

  function sharedLoader(table: string) {
    const dynamoDb = createDynamoDb({ ...addressIn(process.env), clock, random: Math.random });
    const store = createDynamoDbStore({ dynamoDb, table, nowMs });
    return loaderFor(store, createDynamoDbRequests({ dynamoDb, table }), { refreshAlways: false });
  }

  const reader = createReader({
    load: shared.load,
    loadWithoutStore: own.load,
    freshness: config.freshness,
    clock,
    report,
  });
  return { config, nowMs, log, report, reader, refresher: shared.refresher };
}

/** The same promise for every call after the first. */
function once<Arguments extends unknown[], T>(make: (...values: Arguments) => Promise<T>) {
  return (...values: Arguments) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make(...values));
  };
}
