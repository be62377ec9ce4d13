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

/** The Data API's limit for one response. */
const responseBytes = 1024 * 1024;

type Stores = Pick<RefresherDeps, 'pointers' | 'blobs' | 'requests'>;

export interface Origin {
  /** Publishes to the shared stores; without them, to this container's own stores. */
  refresher: Refresher;
  /** Returns the partitioned table of a partition. */
  partitionParents: (relation: string) => Promise<string | undefined>;
  /** A reader without the shared stores: it revalidates by reading the tables. */
  reader: Reader;
}

/** Creates the access to the database. In its own file, so that the list function loads it only when needed. */
export function createOrigin({
  config: { database, freshness, memoryBytes, readInterval },
  shared,
  onBlob,
  clock,
  report,
}: {
  config: Pick<Config, 'database' | 'freshness' | 'memoryBytes' | 'readInterval'>;
  /** Undefined: each container has its own stores. */
  shared: SharedStores | undefined;
  /**
   * Receives each blob that a refresh writes to the shared stores, so that the container's reader need not fetch it.
   */
  onBlob: (blob: Blob) => void;
  clock: Clock;
  report: Report;
}): Origin {
  const dataApi = createDataApi({
    // lib/data-api retries within a deadline; the SDK's retries would multiply with those.
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

  /** Clients cannot reach the container's own old generations, so each refresh sweeps them. */
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
    ...{ ...ownStores, refresher: async () => own, isLocal: true },
    ...{ freshness, memoryBytes, clock, report },
  });
  const partitionParents = createPartitionRoot(dataApi, clock.now);
  if (shared === undefined) return { refresher: own, partitionParents, reader };
  const { pointers, blobs, cacheTable } = shared;
  const requests = createDynamoDbRequests({ ...cacheTable, newIncarnation: randomUUID });
  return { refresher: refresherOf({ pointers, blobs, requests }, onBlob), partitionParents, reader };
}
