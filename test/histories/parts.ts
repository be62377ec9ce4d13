import * as z from 'zod';
import type { Pointer } from '../../lib/snapshots/pointer.ts';
import { attempt } from '../../lib/stores/dynamodb/calls.ts';
import { datasetKey } from '../../lib/stores/dynamodb/table.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';
import { createDataApiServer } from '../../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../../local/data-api/default-arns.ts';
import { createSeededRandom } from '../../local/data-api/seeded-random.ts';
import { seedFile } from '../../local/database.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { createTestDatabase } from '../support/database.ts';
import { type ContainerSettings, createDynamoDbClient, createStores, type Stores } from './container.ts';
import { createDynamoDbProxy } from './dynamodb-proxy.ts';
import type { LineOf } from './line.ts';
import { releases } from './tables.ts';
import { contentHash } from './truth.ts';

export interface PartsOptions {
  seed?: number;
  /** The number of topics, and of replies. */
  rows?: number;
  /** Whether some calls fail. */
  faults?: boolean;
  responseBytes?: number;
  sizes?: ContainerSettings['sizes'];
  freshness?: ContainerSettings['freshness'];
  historyForMs?: number;
  /** The URL of the database `postgres` on the test's own server. */
  postgresUrl?: string | undefined;
  /** The folder in which DynamoDB's data survives a restart; default: memory. */
  dynamoDbDir?: string;
  onPointer?: (line: LineOf<'pointer'>) => void;
}

export type Parts = Awaited<ReturnType<typeof startParts>>;

const cacheTable = 'cache';
export const amountPerRow = 100;

/** A database with an audit table, its Data API, and DynamoDB behind a recording proxy. */
export async function startParts({
  seed = 1,
  rows = 400,
  faults = false,
  responseBytes = 16 * 1024,
  sizes = { fillBytes: 4 * 1024, mostBytes: 8 * 1024 },
  freshness = { freshForMs: 0, staleLimitMs: 60_000, transactionWaitMs: 1_000 },
  historyForMs = 60_000,
  postgresUrl,
  dynamoDbDir,
  onPointer = () => {},
}: PartsOptions = {}) {
  const database = await createTestDatabase(postgresUrl);
  await database.pool.query(await seedFile('bbs.sql'));
  await database.pool.query(schema);
  await database.pool.query(fill('bbs_topic'), [rows, amountPerRow]);
  await database.pool.query(fill('bbs_reply'), [rows, amountPerRow]);
  await database.pool.query(audit);
  await database.pool.query('CHECKPOINT'); // so that a crash does not lose these rows

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
    ...{ target: directUrl, random: createSeededRandom(seed), share: faults ? 0.02 : 0, onPointer },
  });
  const direct = createDynamoDbClient(directUrl);
  const stores = createStores(direct, cacheTable);

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
    /** DynamoDB without the proxy and its faults. */
    stores,
    deleteRefreshItem: () =>
      attempt(
        'delete the refresh item',
        direct.deleteItem({ TableName: cacheTable, Key: datasetKey('refresh') }),
      ),

    settings: (
      changes: Partial<Pick<ContainerSettings, 'clockOffsetMs' | 'release'>> = {},
    ): ContainerSettings => ({
      dataApiUrl: dataApi.url,
      database: new URL(database.url).pathname.slice(1),
      dynamoDbUrl: proxy.url,
      ...{ cacheTable, responseBytes, sizes, freshness, historyForMs, clockOffsetMs: 0, release: 0 },
      ...changes,
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

    /** The rows of the tables now, each read separately. */
    async rows() {
      const read = (table: string) =>
        database.pool.query(`SELECT id, title, comment, ${dtText('dt')} AS dt FROM ${table}`);
      const [topics, replies] = [await read('bbs_topic'), await read('bbs_reply')];
      return { topics: Rows.parse(topics.rows), replies: Rows.parse(replies.rows) };
    },

    /** The expected ETag of each table in each form. */
    async tableHashes(): Promise<Record<string, string>> {
      const rows = new Map<string, z.output<typeof Rows>>(Object.entries(await this.rows()));
      const hashes = releases.flat().map((table) => {
        const named = (rows.get(table.name) ?? []).map(({ id, ...row }) => [id, row] as const);
        return [table.form, contentHash(table, named)];
      });
      return Object.fromEntries(hashes);
    },

    /** Stored blobs that no kept generation names, and named blobs that are missing. */
    async unmatchedBlobs() {
      const [named, stored] = await Promise.all([namedBlobs(stores), storedBlobs(stores)]);
      return {
        garbage: [...stored].filter((hash) => !named.has(hash)),
        missing: [...named].filter((hash) => !stored.has(hash)),
      };
    },

    async close() {
      await proxy.close();
      await dynamoDb.stop();
      await dataApi.close();
      await database.drop();
    },
  };
}

async function namedBlobs({ pointers, blobs }: Stores): Promise<Set<string>> {
  const named = new Set<string>();
  const pointer = await pointers.read();
  if (pointer === undefined) return named;
  const isKept = ({ generation }: Pointer) => generation >= pointer.oldest || generation === pointer.pin;
  const archived = await pointers.listArchived({ limit: 1_000 });
  for (const one of [pointer, ...archived.filter(isKept)]) {
    if (one.root !== undefined) named.add(one.root);
    for (const { manifest, held } of Object.values(await readTables(blobs, one)).flat())
      for (const state of held === undefined ? [manifest] : [manifest, held.manifest]) {
        const { refs, segments } = await readChunkRefs(blobs, state);
        for (const hash of [...segments, ...refs.map((ref) => ref.hash)]) named.add(hash);
      }
  }
  return named;
}

async function storedBlobs({ blobs }: Stores): Promise<Set<string>> {
  const stored = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await blobs.scan(cursor);
    for (const { hash } of page.seen) stored.add(hash);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return stored;
}

/** The surviving rows of a database, as effects of a transaction before all others. */
export async function keptRows(parts: Parts, epoch: number): Promise<LineOf<'effect'>[]> {
  const { topics, replies } = await parts.rows();
  const line = { kind: 'effect', epoch, seq: 0, xid: '0' } as const;
  return [
    ...topics.map(({ id, ...row }) => ({ ...line, table: 'topics' as const, id, row })),
    ...replies.map(({ id, ...row }) => ({ ...line, table: 'replies' as const, id, row })),
  ];
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

const schema = 'CREATE TABLE bbs_reply (LIKE bbs_topic INCLUDING ALL)';

/** The audit: each effect of each transaction, which the database rolls back with the transaction. */
const audit = `
CREATE TABLE effect (
  seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), "table" text NOT NULL,
  id bigint NOT NULL, title text, comment text, dt text
);
CREATE INDEX ON effect (xid);
CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN INSERT INTO effect ("table", id) VALUES (TG_ARGV[0], OLD.id);
  ELSE INSERT INTO effect ("table", id, title, comment, dt)
    VALUES (TG_ARGV[0], NEW.id, NEW.title, NEW.comment, ${dtText('NEW.dt')});
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note_effect AFTER INSERT OR UPDATE OR DELETE ON bbs_topic
  FOR EACH ROW EXECUTE FUNCTION note_effect('topics');
CREATE TRIGGER note_effect AFTER INSERT OR UPDATE OR DELETE ON bbs_reply
  FOR EACH ROW EXECUTE FUNCTION note_effect('replies')`;

/** Ids with gaps, so that rows can be inserted between any two. */
const fill = (table: string) => `
INSERT INTO ${table} (id, title, comment, dt)
SELECT n * (100000 / $1::int), $2::int, 'row ' || n, '2024-01-01T00:00:00Z' FROM generate_series(1, $1::int) AS n`;

const Rows = z.array(
  z.object({ id: z.coerce.number(), title: z.string(), comment: z.string(), dt: z.string() }),
);
