import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Clock } from '../lib/clock.ts';
import type { Config } from '../lib/config.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { createRefresher, type Refresher, type RefresherDeps } from '../lib/publishing/refresher.ts';
import { sweep } from '../lib/publishing/sweep.ts';
import { createReader, type Reader } from '../lib/reading/reader.ts';
import type { Report } from '../lib/report.ts';
import { answerLimits } from '../lib/source/answer-sql.ts';
import { createDatasetSource } from '../lib/source/create-dataset-source.ts';
import { createPartitionRoot } from '../lib/source/partition-root.ts';
import type { Blob } from '../lib/stores/blobs.ts';
import { createDynamoDbRequests } from '../lib/stores/dynamodb/requests.ts';
import { createMemoryBlobs } from '../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../lib/stores/memory/memory-requests.ts';
import { tables } from '../tables/index.ts';
import type { SharedStores } from './wiring.ts';

/** The Data API's limit for one answer. */
const responseBytes = 1024 * 1024;

type Stores = Pick<RefresherDeps, 'pointers' | 'blobs' | 'requests'>;

export interface Origin {
  /** Into the shared stores; into this container's own where there are none. */
  refresher: Refresher;
  /** The table that a partition belongs to. */
  partitionParents: (relation: string) => Promise<string | undefined>;
  /** Past the shared stores: every answer that is not fresh reads the tables. */
  reader: Reader;
}

/** The way to the database, in a file of its own: it is loaded at the first need. */
export function createOrigin({
  config: { database, freshness, memoryBytes, readInterval },
  shared,
  onBlob,
  clock,
  report,
}: {
  config: Pick<Config, 'database' | 'freshness' | 'memoryBytes' | 'readInterval'>;
  /** Undefined: each container has stores of its own. */
  shared: SharedStores | undefined;
  /** Takes what a refresh has written into the shared stores, for the container's reader. */
  onBlob: (blob: Blob) => void;
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
  const source = createDatasetSource({ dataApi, tables, limits: answerLimits(responseBytes), clock, report });

  const refresherOf = (stores: Stores, offer: (blob: Blob) => void) =>
    createRefresher({
      ...{ ...stores, source, clock, report },
      newId: randomUUID,
      random: Math.random,
      onBlob: offer,
      minReadIntervalMs: readInterval.minMs,
      ...(readInterval.maxMs === 0 ? {} : { maxReadIntervalMs: readInterval.maxMs }),
    });

  /** Nobody can ask for an old version of this container's own. */
  const withoutGarbage = (refresher: Refresher): Refresher => ({
    ...refresher,
    async refresh(request) {
      const refreshed = await refresher.refresh(request);
      const sweeping = { ...ownStores, nowMs: clock.now, newId: randomUUID, report, historyForMs: 0 };
      if (refreshed.outcome === 'published') await sweep(sweeping, { deadlineMs: request.deadlineMs });
      return refreshed;
    },
  });

  const ownStores = {
    pointers: createMemoryPointers(),
    blobs: createMemoryBlobs(),
    requests: createMemoryRequests(randomUUID),
  };
  const own = withoutGarbage(refresherOf(ownStores, (blob) => reader.offer(blob)));
  const reader: Reader = createReader({
    ...{ tables, ...ownStores, refresher: async () => own, isLocal: true },
    ...{ freshness, memoryBytes, clock, report },
  });
  const partitionParents = createPartitionRoot(dataApi, clock.now);
  if (shared === undefined) return { refresher: own, partitionParents, reader };
  const { pointers, blobs, cacheTable } = shared;
  const requests = createDynamoDbRequests({ ...cacheTable, newIncarnation: randomUUID });
  return { refresher: refresherOf({ pointers, blobs, requests }, onBlob), partitionParents, reader };
}
