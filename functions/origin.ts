import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Clock } from '../lib/clock.ts';
import type { Config } from '../lib/config.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import type { Report } from '../lib/report.ts';
import { createRefresher, type Refresher } from '../lib/snapshots/refresher.ts';
import { createSource } from '../lib/snapshots/source.ts';
import type { RefreshRequests, SnapshotStore } from '../lib/snapshots/store.ts';
import { answerLimits } from '../lib/topics/answer-sql.ts';
import { createTableReader } from '../lib/topics/read-table.ts';
import { topics } from '../lib/topics/topic.ts';

/** The Data API's limit for one answer. */
const responseBytes = 1024 * 1024;

/** The way to the database, in a file of its own: it is loaded at the first need. */
export function createOrigin({
  config: { database, epoch },
  store,
  requests,
  clock,
  report,
}: {
  config: Pick<Config, 'database' | 'epoch'>;
  store: SnapshotStore;
  requests: RefreshRequests;
  clock: Clock;
  report: Report;
}): Refresher {
  const dataApi = createDataApi({
    // The SDK's own retries would multiply with the data access module's, which know what passes.
    client: new RDSDataClient({
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 60_000 },
    }),
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
  return createRefresher({ store, requests, source, epoch, clock, newOwner: randomUUID, report });
}
