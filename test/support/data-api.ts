import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { createDataApi, type DataApi } from '../../lib/data-api/data-api.ts';
import { answerLimits } from '../../lib/source/answer-sql.ts';
import { createDatasetSource } from '../../lib/source/create-dataset-source.ts';
import type { DatasetSource } from '../../lib/source/dataset-source.ts';
import type { Table } from '../../lib/tables/table.ts';
import { createDataApiServer, type DataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { awsLimits, type Limits } from '../../local/data-api/limits.ts';
import { type CollectedTable, type CollectOptions, collect } from '../fakes/collected.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestDatabase } from './database.ts';

/** A new database behind a Data API with all limits, and the project's clients of both. */
export async function startTestDataApi(limits: Partial<Limits> = {}) {
  const database = await createTestDatabase();
  const server = await createDataApiServer({ ...defaultArns, databaseUrl: database.url, limits });
  const client = createRdsDataClient(server.url);
  const reported = createReported();
  const { maxResponseBytes } = { ...awsLimits, ...limits };

  const dataApi = ({ clock = systemClock, name }: { clock?: Clock; name?: string } = {}) =>
    createDataApi({
      client,
      ...defaultArns,
      database: name ?? new URL(database.url).pathname.slice(1),
      clock,
      random: () => 0.5,
      report: reported.report,
    });

  interface SourceOptions {
    responseBytes?: number;
    api?: DataApi;
    clock?: Clock;
  }
  const source = (
    tables: readonly Table[],
    { responseBytes = maxResponseBytes, api = dataApi(), clock = systemClock }: SourceOptions = {},
  ): DatasetSource =>
    createDatasetSource({
      dataApi: api,
      tables,
      limits: answerLimits(responseBytes),
      clock,
      report: reported.report,
    });

  return {
    ...{ url: database.url, pool: database.pool, server, client, reported, dataApi },

    source,

    /** Reads one table, whole or without its known runs. @throws the reason why it was left out */
    async read(table: Table, options: SourceOptions & Partial<CollectOptions> = {}): Promise<CollectedTable> {
      const { tables } = await collect(source([table], options), options);
      const read = tables.get(table.name);
      if (read === undefined) throw new TypeError('a table is missing');
      if ('reason' in read) throw read.error;
      return read;
    },

    async close() {
      client.destroy();
      await server.close();
      await database.drop();
    },
  };
}

export type TestDataApi = Awaited<ReturnType<typeof startTestDataApi>>;

/** A client like the functions' one, without retries. */
export const createRdsDataClient = (endpoint: string) =>
  new RDSDataClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });

/** The number of a read's calls: statements, and the begin and the end of its transaction. */
export function callsOf({ stats: { calls } }: DataApiServer) {
  return calls.ExecuteStatement + calls.BeginTransaction + calls.RollbackTransaction;
}

/** A deadline beyond any test. */
export const inAMinute = () => ({ pending: [], deadlineMs: Date.now() + 60_000 });
