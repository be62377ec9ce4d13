import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { createDynamoDb, type DynamoDb, defaultPatience } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDataApi } from '../../lib/data-api/data-api.ts';
import { createRefresher, type Refresher } from '../../lib/publishing/refresher.ts';
import { createReader, type Reader } from '../../lib/reading/reader.ts';
import type { Report } from '../../lib/report.ts';
import { answerLimits } from '../../lib/source/answer-sql.ts';
import { createDatasetSource } from '../../lib/source/create-dataset-source.ts';
import type { Blob } from '../../lib/stores/blobs.ts';
import { createDynamoDbBlobs } from '../../lib/stores/dynamodb/blobs.ts';
import { createDynamoDbPointers } from '../../lib/stores/dynamodb/pointers.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { releases } from './tables.ts';

/** The parts' addresses, and small sizes, so that a small table takes a long read and many chunks. */
export const ContainerSettings = z.object({
  dataApiUrl: z.url(),
  database: z.string(),
  dynamoDbUrl: z.url(),
  cacheTable: z.string(),
  responseBytes: z.int(),
  sizes: z.object({ fillBytes: z.int(), mostBytes: z.int() }),
  freshness: z.object({ freshForMs: z.number(), staleLimitMs: z.number(), transactionWaitMs: z.number() }),
  historyForMs: z.number(),
  /** The error of this container's clock, in ms. */
  clockOffsetMs: z.number(),
  /** The index of the deployed release. */
  release: z.union([z.literal(0), z.literal(1)]),
});
export type ContainerSettings = z.output<typeof ContainerSettings>;

const region = 'us-east-1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const memoryBytes = 64 * 1024 * 1024;

export const createDynamoDbClient = (endpoint: string, patience = defaultPatience) =>
  createDynamoDb({ endpoint, region, credentials, patience, clock: systemClock, random: Math.random });

export const createStores = (dynamoDb: DynamoDb, table: string, clock = systemClock) => ({
  pointers: createDynamoDbPointers({ dynamoDb, table }),
  blobs: createDynamoDbBlobs({ dynamoDb, table, clock, random: Math.random }),
  requests: createDynamoDbRequests({ dynamoDb, table, newIncarnation: randomUUID }),
});
export type Stores = ReturnType<typeof createStores>;

/** Wires a container like the functions do, with the settings of the tests. */
export function createContainer(
  settings: ContainerSettings,
  {
    report,
    dynamoDb = createDynamoDbClient(settings.dynamoDbUrl),
    asking = (question) => question(),
  }: {
    report: Report;
    dynamoDb?: DynamoDb;
    /** Wraps each read of the pointer with which the reader revalidates. */
    asking?: <T>(question: () => Promise<T>) => Promise<T>;
  },
) {
  const { freshness, sizes } = settings;
  const clock = { ...systemClock, now: () => Date.now() + settings.clockOffsetMs };
  const tables = releases[settings.release];
  const dataApi = createDataApi({
    client: new RDSDataClient({
      endpoint: settings.dataApiUrl,
      region,
      credentials,
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 2_000 },
    }),
    ...defaultArns,
    database: settings.database,
    clock,
    random: Math.random,
    report,
  });
  const limits = answerLimits(settings.responseBytes);
  const source = createDatasetSource({ dataApi, tables, limits, clock, report });
  const refresherOf = (
    stores: Omit<Stores, 'blobs'> & Pick<Parameters<typeof createRefresher>[0], 'blobs'>,
    onBlob: (blob: Blob) => void,
  ) =>
    createRefresher({
      ...{ ...stores, source, clock, report, sizes, onBlob },
      ...{ newId: randomUUID, random: Math.random },
    });
  const asked = (refresher: Refresher): Refresher => ({
    ...refresher,
    refresh: (request) => asking(() => refresher.refresh(request)),
    catchUp: (request) => asking(() => refresher.catchUp(request)),
  });

  const ownStores = {
    pointers: createMemoryPointers(),
    blobs: createMemoryBlobs(),
    requests: createMemoryRequests(randomUUID),
  };
  const own = refresherOf(ownStores, (blob) => ownReader.offer(blob));
  const ownReader: Reader = createReader({
    ...{ ...ownStores, refresher: async () => asked(own), isLocal: true },
    ...{ freshness, memoryBytes, clock, report },
  });

  const stores = createStores(dynamoDb, settings.cacheTable, clock);
  const refresher = refresherOf(stores, (blob) => reader.offer(blob));
  const reader: Reader = createReader({
    ...{ ...stores, refresher: async () => asked(refresher), withoutStore: async () => ownReader },
    pointers: { ...stores.pointers, read: () => asking(() => stores.pointers.read()) },
    ...{ freshness, memoryBytes, clock, report },
  });
  return { clock, tables, stores, refresher, reader };
}
export type Container = ReturnType<typeof createContainer>;

/** A read request for the whole list of a table, with optional changes. */
export function readWhole(
  { reader, tables, clock }: Container,
  name: string,
  options: Omit<Parameters<Reader['read']>[0], 'table' | 'need' | 'deadlineMs'> = {},
) {
  const table = tables.find((one) => one.name === name);
  if (table === undefined) throw new TypeError(`no table is called ${name}`);
  return reader.read({
    ...options,
    ...{ table, need: () => ({ kind: 'whole' }), deadlineMs: clock.now() + 5_000 },
  });
}
