import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Clock } from '../lib/clock.ts';
import type { Config } from '../lib/config.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { createRefresher, type Refresher } from '../lib/publishing/refresher.ts';
import { createReader, type Reader } from '../lib/reading/reader.ts';
import type { Refresh } from '../lib/reading/refresh.ts';
import type { Report } from '../lib/report.ts';
import { answerLimits } from '../lib/source/answer-sql.ts';
import { createDatasetSource } from '../lib/source/create-dataset-source.ts';
import { createMemoryBlobs } from '../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../lib/stores/memory/memory-requests.ts';
import { tables } from '../tables/index.ts';
import type { SharedStores } from './wiring.ts';

/** The Data API's limit for one answer. */
const responseBytes = 1024 * 1024;
/** Of what was written, a refresh hands over at most this share of the memory for lists. */
const handedOverShare = 0.25;

export interface Origin {
  /** Into the shared stores; into this container's own where there are none. */
  refresh: Refresh;
  resume: Refresher['resume'];
  /** Past the shared stores: every answer that is not fresh reads the tables. */
  reader: Reader;
}

/** The way to the database, in a file of its own: it is loaded at the first need. */
export function createOrigin({
  config: { database, freshness, memoryBytes, readInterval },
  shared,
  clock,
  report,
}: {
  config: Pick<Config, 'database' | 'freshness' | 'memoryBytes' | 'readInterval'>;
  /** Undefined: each container has stores of its own. */
  shared: SharedStores | undefined;
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

  function refreshing(stores: SharedStores) {
    const written = createWritten(memoryBytes * handedOverShare);
    const refresher = createRefresher({
      ...{ ...stores, source, clock, report },
      newId: randomUUID,
      random: Math.random,
      onBlob: written.add,
      minReadIntervalMs: readInterval.minMs,
      ...(readInterval.maxMs === 0 ? {} : { maxReadIntervalMs: readInterval.maxMs }),
    });
    const refresh: Refresh = async ({ catchUp = false, ...request }) => {
      const refreshed = catchUp ? await refresher.catchUp(request) : await refresher.refresh(request);
      return 'pointer' in refreshed ? { ...refreshed, blobs: written.take() } : refreshed;
    };
    return { refresh, resume: refresher.resume };
  }

  const ownStores = {
    pointers: createMemoryPointers(),
    blobs: createMemoryBlobs(),
    requests: createMemoryRequests(randomUUID),
  };
  const own = refreshing(ownStores);
  const reader = createReader({
    ...{ tables, ...ownStores, refresh: own.refresh, isLocal: true },
    ...{ freshness, memoryBytes, clock, report },
  });
  return { ...(shared === undefined ? own : refreshing(shared)), reader };
}

/** What the refreshes of this container have written, until it is handed over: the first so many bytes. */
function createWritten(mostBytes: number) {
  let blobs = new Map<string, Uint8Array>();
  let bytes = 0;
  return {
    add({ hash, body }: { hash: string; body: Uint8Array }) {
      if (blobs.has(hash) || bytes + body.byteLength > mostBytes) return;
      bytes += body.byteLength;
      blobs.set(hash, body);
    },
    take(): ReadonlyMap<string, Uint8Array> {
      const taken = blobs;
      blobs = new Map();
      bytes = 0;
      return taken;
    },
  };
}
