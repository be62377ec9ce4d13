import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { createDataApi } from '../../lib/data-api/data-api.ts';
import { answerLimits } from '../../lib/source/answer-sql.ts';
import { createTableReader, type TableReader } from '../../lib/source/read-table.ts';
import type { Table } from '../../lib/tables/table.ts';
import { createDataApiServer, type DataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { awsLimits, type Limits } from '../../local/data-api/limits.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestDatabase } from './database.ts';

/** A database of its own behind a Data API with all its limits, and the project's way to both. */
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

  return {
    ...{ url: database.url, pool: database.pool, server, client, reported, dataApi },

    reader(
      table: Table,
      relation: string,
      { responseBytes = maxResponseBytes, api = dataApi() } = {},
    ): TableReader {
      const limits = answerLimits(responseBytes);
      return createTableReader({ dataApi: api, table, relation, limits, report: reported.report });
    },

    async close() {
      client.destroy();
      await server.close();
      await database.drop();
    },
  };
}

export type TestDataApi = Awaited<ReturnType<typeof startTestDataApi>>;

/** A client as the functions have it: it tries once. */
export const createRdsDataClient = (endpoint: string) =>
  new RDSDataClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });

/** Calls that a read makes: statements, and the beginning and the end of their transaction. */
export function callsOf({ stats: { calls } }: DataApiServer) {
  return calls.ExecuteStatement + calls.BeginTransaction + calls.RollbackTransaction;
}

/** Far enough for any test. */
export const inAMinute = () => ({ pending: [], deadlineMs: Date.now() + 60_000 });
