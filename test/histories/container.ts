import { randomUUID } from 'node:crypto';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import * as z from 'zod';
import { createDynamoDb, type DynamoDb } from '../../lib/aws/dynamodb.ts';
import { systemClock } from '../../lib/clock.ts';
import { createDataApi } from '../../lib/data-api/data-api.ts';
import { createRefresher } from '../../lib/publishing/refresher.ts';
import { createLoader } from '../../lib/reading/loader.ts';
import type { Report } from '../../lib/report.ts';
import { answerLimits } from '../../lib/source/answer-sql.ts';
import { createTableReader } from '../../lib/source/read-table.ts';
import { createSource } from '../../lib/source/source.ts';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { createDynamoDbStore } from '../../lib/stores/dynamodb/store.ts';
import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import type { RefreshRequests, SnapshotStore } from '../../lib/stores/store-error.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { topics } from '../support/tables/topics.ts';

/** Where the parts are, and how small everything is cut, so that a small table is a long read and many chunks. */
export const ContainerSettings = z.object({
  dataApiUrl: z.url(),
  database: z.string(),
  dynamoDbUrl: z.url(),
  cacheTable: z.string(),
  responseBytes: z.int(),
  sizes: z.object({ fillBytes: z.int(), mostBytes: z.int() }),
  /** By how much this container's clock is wrong. */
  clockOffsetMs: z.number(),
});
export type ContainerSettings = z.output<typeof ContainerSettings>;

const region = 'us-east-1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export const createDynamoDbClient = (endpoint: string) =>
  createDynamoDb({ endpoint, region, credentials, clock: systemClock, random: Math.random });

/** What a container of the functions has, wired in the same way, with settings that tests need to differ. */
export function createContainer(
  settings: ContainerSettings,
  { report, dynamoDb = createDynamoDbClient(settings.dynamoDbUrl) }: { report: Report; dynamoDb?: DynamoDb },
) {
  const clock = { ...systemClock, now: () => Date.now() + settings.clockOffsetMs };
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
  const tableReader = createTableReader({
    dataApi,
    table: topics,
    relation: 'public.bbs_topic',
    limits,
    report,
  });
  const source = createSource(topics, tableReader);

  function wired(store: SnapshotStore, requests: RefreshRequests, refreshAlways: boolean) {
    const { sizes } = settings;
    const refresher = createRefresher({
      ...{ store, requests, source, epoch: 1, clock, newOwner: randomUUID, report, sizes },
    });
    const load = createLoader({
      ...{ name: 'topics', store, refresher: async () => refresher, refreshAlways, report },
    });
    return { store, requests, refresher, load };
  }

  const store = createDynamoDbStore({ dynamoDb, table: settings.cacheTable, nowMs: clock.now });
  const requests = createDynamoDbRequests({ dynamoDb, table: settings.cacheTable });
  return {
    clock,
    shared: wired(store, requests, false),
    own: wired(createMemoryStore(), createMemoryRequests(), true),
  };
}
