import { createDynamoDb } from '../lib/aws/dynamodb.ts';
import { addressIn } from '../lib/aws/environment.ts';
import { systemClock } from '../lib/clock.ts';
import { parseConfig } from '../lib/config.ts';
import { createLog } from '../lib/log.ts';
import { createReader, type Reader } from '../lib/reading/reader.ts';
import { createDynamoDbBlobs } from '../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../lib/stores/dynamodb/pointers.ts';
import { tables } from '../tables/index.ts';
import type { Origin } from './origin.ts';

/** What every function has, once per container: the environment is read, nothing is asked of anyone yet. */
export function wire(functionName: string) {
  const config = parseConfig(process.env);
  const clock = systemClock;
  const nowMs = clock.now;
  const log = createLog({
    service: config.service,
    stage: config.stage,
    functionName,
    nowMs,
    write: (line) => process.stdout.write(line),
    platformTraceId: () => process.env['_X_AMZN_TRACE_ID'],
  });
  return { config, clock, nowMs, log, report: log.report };
}

/** The shared stores of a deployment. */
export function sharedStores(table: string) {
  const clock = systemClock;
  const { random } = Math;
  const dynamoDb = createDynamoDb({ ...addressIn(process.env), clock, random });
  return {
    pointers: createDynamoDbPointers({ dynamoDb, table }),
    blobs: createDynamoDbBlobs({ dynamoDb, table, clock, random }),
    /** For the requests, which the list function mostly does without. */
    cacheTable: { dynamoDb, table },
  };
}
export type SharedStores = ReturnType<typeof sharedStores>;

/** A reader of the tables, and the way to refresh them, which is loaded at the first need. */
export function wireReader(functionName: string) {
  const wired = wire(functionName);
  const { config, clock, report } = wired;
  const shared = config.cacheTable === undefined ? undefined : sharedStores(config.cacheTable);

  let loaded: Promise<Origin> | undefined;
  /** The database client and all that goes with it, which the list function mostly does without. */
  const origin = () =>
    (loaded ??= import('./origin.ts').then(({ createOrigin }) =>
      createOrigin({ config, shared, onBlob: (blob) => reader.offer(blob), clock, report }),
    ));
  const refresher = () => origin().then((way) => way.refresher);
  const partitionParents = async (relation: string) => (await origin()).partitionParents(relation);
  const ownReader = async () => (await origin()).reader;

  const reader: Reader =
    shared === undefined
      ? {
          read: async (request) => (await ownReader()).read(request),
          adopt: async (refreshed, sinceMs) => (await ownReader()).adopt(refreshed, sinceMs),
          offer: () => {}, // the refresher offers what it has written to the own reader itself
        }
      : createReader({
          ...{ tables, pointers: shared.pointers, blobs: shared.blobs, refresher, clock, report },
          withoutStore: ownReader,
          freshness: config.freshness,
          memoryBytes: config.memoryBytes,
        });
  return { ...wired, reader, refresher, partitionParents, tables };
}
