import { createDynamoDb } from '../lib/aws/dynamodb.ts';
import { addressIn } from '../lib/aws/environment.ts';
import { systemClock } from '../lib/clock.ts';
import { parseConfig } from '../lib/config.ts';
import { createLog } from '../lib/log.ts';
import { createLoader, type Load } from '../lib/reading/loader.ts';
import { createReader } from '../lib/reading/reader.ts';
import { createDynamoDbStore } from '../lib/stores/dynamodb/store.ts';
import { topics } from '../tables/topics.ts';
import type { Origin } from './origin.ts';

/** Once per container: the environment is read, and everything that lasts is made. Nothing is asked of anyone yet. */
export function wire(service: string) {
  const config = parseConfig(process.env);
  const clock = systemClock;
  const nowMs = clock.now;
  const log = createLog({ service, nowMs, write: (line) => process.stdout.write(line) });
  const { report } = log;

  const shared = config.cacheTable === undefined ? undefined : sharedCache(config.cacheTable);
  function sharedCache(table: string) {
    const dynamoDb = createDynamoDb({ ...addressIn(process.env), clock, random: Math.random });
    return { store: createDynamoDbStore({ dynamoDb, table, nowMs }), dynamoDb, table };
  }

  let loaded: Promise<Origin> | undefined;
  /** The database client and all that goes with it, which the list function mostly does without. */
  const origin = () =>
    (loaded ??= import('./origin.ts').then(({ createOrigin }) =>
      createOrigin({ config, shared, clock, report }),
    ));
  const refresher = () => origin().then((way) => way.refresher);
  const loadAlone: Load = (held, deadlineMs) => origin().then((way) => way.loadAlone(held, deadlineMs));

  const reader = createReader({
    load:
      shared === undefined ? loadAlone : createLoader({ name: topics.name, ...shared, refresher, report }),
    loadWithoutStore: loadAlone,
    freshness: config.freshness,
    clock,
    report,
  });
  return { config, nowMs, log, report, reader, refresher };
}
