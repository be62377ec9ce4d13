import * as z from 'zod';
import { createDynamoDbRequests } from '../../lib/stores/dynamodb/requests.ts';
import { createDataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { seedFile } from '../../local/database.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { createTestDatabase } from '../support/database.ts';
import { type ContainerSettings, createDynamoDbClient } from './container.ts';
import { createDynamoDbProxy } from './dynamodb-proxy.ts';
import type { LineOf } from './line.ts';
import { contentHash } from './truth.ts';

export interface PartsOptions {
  seed?: number;
  rows?: number;
  /** Whether some calls fail. */
  faults?: boolean;
  responseBytes?: number;
  sizes?: ContainerSettings['sizes'];
  /** Where DynamoDB's data outlives a restart; in memory without. */
  dynamoDbDir?: string;
  onHead?: (line: LineOf<'head'>) => void;
}

export type Parts = Awaited<ReturnType<typeof startParts>>;

const cacheTable = 'cache';
export const amountPerRow = 100;

/** A database of its own with an audit, the Data API before it, and DynamoDB behind a wire that is watched. */
export async function startParts({
  seed = 1,
  rows = 400,
  faults = false,
  responseBytes = 16 * 1024,
  sizes = { fillBytes: 4 * 1024, mostBytes: 8 * 1024 },
  dynamoDbDir,
  onHead = () => {},
}: PartsOptions = {}) {
  const database = await createTestDatabase();
  await database.pool.query(await seedFile('bbs.sql'));
  await database.pool.query(fill, [rows, amountPerRow]);
  await database.pool.query(audit);

  const limits = { maxResponseBytes: responseBytes, transactionIdleMs: 5_000 };
  const dataApi = await createDataApiServer({ ...defaultArns, databaseUrl: database.url, limits });
  const addFaults = () => {
    for (const [at, fault] of (faults ? dataApiFaults : []).entries())
      dataApi.faults.add({ ...fault, seed: seed + at });
  };
  addFaults();

  const cache = { tableName: cacheTable, ...(dynamoDbDir === undefined ? {} : { dataDir: dynamoDbDir }) };
  let dynamoDb = await startDynamoDb({ ...cache, port: 0 });
  const { url: directUrl } = dynamoDb;
  const proxy = await createDynamoDbProxy({
    ...{ target: directUrl, random: createSeededRandom(seed), share: faults ? 0.02 : 0, onHead },
  });
  const direct = createDynamoDbClient(directUrl);

  return {
    database,
    dataApi,
    dynamoDb: {
      ...{ ...proxy, directUrl, table: cacheTable },
      stop: () => dynamoDb.stop(),
      async start() {
        dynamoDb = await startDynamoDb({ ...cache, port: Number(new URL(directUrl).port) });
      },
    },
    /** Past the wire, and past its faults. */
    requests: createDynamoDbRequests({ dynamoDb: direct, table: cacheTable }),

    settings: ({ clockOffsetMs = 0 }: { clockOffsetMs?: number } = {}): ContainerSettings => ({
      dataApiUrl: dataApi.url,
      database: new URL(database.url).pathname.slice(1),
      dynamoDbUrl: proxy.url,
      ...{ cacheTable, responseBytes, sizes, clockOffsetMs },
    }),

    faults() {
      const hits = dataApi.faults.list().map(({ kind, hits }) => [`Data API ${kind}`, hits] as const);
      const onWire = Object.entries(proxy.faults).map(([kind, hits]) => [`DynamoDB ${kind}`, hits] as const);
      return Object.fromEntries([...hits, ...onWire]);
    },

    calm() {
      dataApi.faults.clear();
      proxy.calm();
    },

    async tableHash() {
      const { rows } = await database.pool.query(
        `SELECT id, title, comment, ${dtText('dt')} AS dt FROM bbs_topic`,
      );
      return contentHash(Rows.parse(rows).map(({ id, ...row }) => [id, row] as const));
    },

    async effects(): Promise<LineOf<'effect'>[]> {
      const { rows } = await database.pool.query('SELECT seq, xid::text, id, title, comment, dt FROM effect');
      return Effects.parse(rows).map(({ seq, xid, id, title, comment, dt }) => ({
        ...{ kind: 'effect', seq, xid, id },
        row: title === null || comment === null || dt === null ? null : { title, comment, dt },
      }));
    },

    async close() {
      await proxy.close();
      await dynamoDb.stop();
      await dataApi.close();
      await database.drop();
    },
  };
}

const dataApiFaults = [
  { kind: 'throttling', probability: 0.005 },
  { kind: 'internalError', probability: 0.005 },
  { kind: 'transactionLost', probability: 0.005 },
  { kind: 'connectionReset', probability: 0.005, when: 'after' },
  { kind: 'delay', probability: 0.02, delayMs: 100 },
] as const;

const dtText = (column: string) =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00'`;

/** Each effect of each transaction, kept by the database itself and rolled back with it. */
const audit = `
CREATE TABLE effect (
  seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint NOT NULL, title text, comment text, dt text
);
CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN INSERT INTO effect (id) VALUES (OLD.id);
  ELSE INSERT INTO effect (id, title, comment, dt) VALUES (NEW.id, NEW.title, NEW.comment, ${dtText('NEW.dt')});
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note_effect AFTER INSERT OR UPDATE OR DELETE ON bbs_topic FOR EACH ROW EXECUTE FUNCTION note_effect();
INSERT INTO effect (id, title, comment, dt) SELECT id, title, comment, ${dtText('dt')} FROM bbs_topic`;

/** Ids far apart, so that there is room between any two. */
const fill = `
INSERT INTO bbs_topic (id, title, comment, dt)
SELECT n * (100000 / $1::int), $2::int, 'row ' || n, '2024-01-01T00:00:00Z' FROM generate_series(1, $1::int) AS n`;

const Rows = z.array(
  z.object({ id: z.coerce.number(), title: z.string(), comment: z.string(), dt: z.string() }),
);
const Effects = z.array(
  z.object({
    seq: z.coerce.number(),
    xid: z.string(),
    id: z.coerce.number(),
    title: z.nullable(z.string()),
    comment: z.nullable(z.string()),
    dt: z.nullable(z.string()),
  }),
);
