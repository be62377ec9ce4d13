import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { DynamoDb } from '../lib/aws/dynamodb.ts';
import type { Clock } from '../lib/clock.ts';
import type { Config } from '../lib/config.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { createRefresher, type Refresher } from '../lib/publishing/refresher.ts';
import { createLoader, type Load } from '../lib/reading/loader.ts';
import type { Report } from '../lib/report.ts';
import { answerLimits } from '../lib/source/answer-sql.ts';
import { createTableReader } from '../lib/source/read-table.ts';
import { createSource } from '../lib/source/source.ts';
import { createDynamoDbRequests } from '../lib/stores/dynamodb/requests.ts';
import { createMemoryRequests, createMemoryStore } from '../lib/stores/memory/memory-store.ts';
import type { SnapshotStore } from '../lib/stores/store-error.ts';
import { topics } from '../tables/topics.ts';

/** The Data API's limit for one answer. */
const responseBytes = 1024 * 1024;

export interface Origin {
  /** Of the shared cache; of this container's own where there is none. */
  refresher: Refresher;
  /** Past the shared cache, into one of this container's own. */
  loadAlone: Load;
}

/** The way to the database, in a file of its own: it is loaded at the first need. */
export function createOrigin({
  config: { database, epoch },
  shared,
  clock,
  report,
}: {
  config: Pick<Config, 'database' | 'epoch'>;
  /** The shared cache; undefined where there is none. */
  shared: { store: SnapshotStore; dynamoDb: DynamoDb; table: string } | undefined;
  clock: Clock;
  report: Report;
}): Origin {
  const dataApi = createDataApi({
    // The SDK's own retries would multiply with the data access module's, which know what passes, and end at a deadline.
    client: new RDSDataClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 2_000 } }),
    resourceArn: database.clusterArn,
    secretArn: database.secretArn,
    database: database.name,
    clock,
    random: Math.random,
    report,
  });
  const reader = createTableReader({
    dataApi,
    table: topics,
    relation: database.table,
    limits: answerLimits(responseBytes),
    report,
  });
  const source = createSource(topics, reader);
  const refresherDeps = { source, epoch, clock, newOwner: randomUUID, report };

  const store = createMemoryStore();
  const own = createRefresher({ store, requests: createMemoryRequests(), ...refresherDeps });
  return {
    refresher:
      shared === undefined
        ? own
        : createRefresher({
            store: shared.store,
            requests: createDynamoDbRequests(shared),
            ...refresherDeps,
          }),
    loadAlone: createLoader({
      name: topics.name,
      store,
      refresher: async () => own,
      refreshAlways: true,
      report,
    }),
  };
}
