import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Client } from 'pg';
import * as z from 'zod';
import type { Dataset } from '../../lib/tables/define-table.ts';
import { watchBundle } from '../lambda/watch-bundle.ts';
import type { PartContext } from '../part.ts';
import { checkDatabase, loadTables, relationsOf, sentenceOf } from '../tables.ts';
import { poll } from './poll.ts';
import { followByTrigger } from './trigger.ts';

/** A source of changes. */
export interface Follow {
  /** A description for the user: an address, or the polling interval. */
  url: string;
  /** Called at the start, and after each change of `tables/`. */
  follow(relations: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface FollowOptions {
  databaseUrl: string;
  dataApiUrl: string;
  lambdaUrl: string;
  /** The index of the tables. */
  tablesFile: string;
  /** The folder of its bundle. */
  outDir: string;
  /** The polling interval; 0: off. Undefined: triggers announce changes. */
  pollMs: number | undefined;
}

/**
 * Refreshes after each change of the tables. Compares `tables/` with the database after each change of its files.
 */
export async function startFollow(options: FollowOptions, { say, signal }: Omit<PartContext, 'onEnd'>) {
  const { databaseUrl, dataApiUrl, tablesFile, pollMs } = options;
  const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  const source =
    pollMs === undefined
      ? await followByTrigger(options)
      : await followByPoll({ ...options, pollMs, say, signal });
  try {
    await source.follow(relationsOf(await loadTables(new URL(tablesFile))));
    const watched = await watchTables(options, (tables) =>
      check(tables).catch((error: unknown) => say(error instanceof Error ? error.message : String(error))),
    );
    return {
      url: source.url,
      async stop() {
        await watched.stop();
        await source.stop();
      },
    };
  } catch (error) {
    await source.stop();
    throw error;
  }

  async function check(tables: Dataset) {
    for (const finding of await checkDatabase(tables, { dataApiUrl, database })) say(sentenceOf(finding));
    say(`tables/ now has ${tables.map(({ name }) => name).join(', ')}`);
    await source.follow(relationsOf(tables));
  }
}

/** Handles each change of `tables/` after the first build. The functions report build and load errors. */
async function watchTables({ tablesFile, outDir }: FollowOptions, onTables: (tables: Dataset) => unknown) {
  let builds = 0;
  return watchBundle({
    handler: { file: basename(tablesFile, '.ts'), exportName: 'tables' },
    sourceDir: dirname(fileURLToPath(tablesFile)),
    outDir,
    options: {
      ...{ format: 'esm', platform: 'node', target: 'node24', splitting: false },
      ...{ mainFields: ['module', 'main'], external: [], banner: {} },
    },
    onBuilt: (file) => {
      builds += 1;
      loadTables(new URL(`?${builds}`, pathToFileURL(file))).then(onTables, () => {});
    },
    onError: () => {},
  });
}

async function followByPoll({
  databaseUrl,
  lambdaUrl,
  pollMs,
  say,
  signal: ending,
}: FollowOptions & { pollMs: number } & Omit<PartContext, 'onEnd'>): Promise<Follow> {
  const { host, pathname } = new URL(databaseUrl);
  const stopping = new AbortController();
  const connection = createConnection(databaseUrl);
  let followed: readonly string[] = [];
  let announced = '';
  let polling: Promise<void> | undefined;
  return {
    url: pollMs === 0 ? 'not polled (POLL_MS=0)' : `${host}${pathname}, polled every ${pollMs} ms`,
    async follow(relations) {
      // Announces a new relation if there is one: the refresh succeeds once the function has loaded the new `tables/`.
      announced = relations.find((one) => !followed.includes(one)) ?? relations[0] ?? '';
      followed = relations;
      if (pollMs === 0) return;
      polling ??= poll({
        everyMs: pollMs,
        readMoment: async () => `${await connection.readMoment()} ${followed.join(' ')}`,
        refresh: () => refresh(lambdaUrl, announced),
        say,
        signal: AbortSignal.any([ending, stopping.signal]),
      });
    },
    async stop() {
      stopping.abort();
      await polling;
      await connection.end();
    },
  };
}

const Moment = z.tuple([z.object({ moment: z.string() })]);

/** A connection that opens on demand and reopens after an error. It only reads. */
function createConnection(connectionString: string) {
  let client: Client | undefined;
  const drop = async () => {
    const dropped = client;
    client = undefined;
    await dropped?.end().catch(() => {});
  };
  return {
    async readMoment() {
      try {
        if (client === undefined) {
          client = new Client({ connectionString, application_name: 'offload-poll' });
          client.on('error', () => void drop());
          await client.connect();
        }
        const { rows } = await client.query('SELECT pg_current_snapshot()::text AS moment');
        return Moment.parse(rows)[0].moment;
      } catch (error) {
        await drop();
        throw error;
      }
    },
    end: drop,
  };
}

const Outcome = z.object({ outcome: z.string() });

/**
 * @returns whether the function serves the relation
 * @throws Error if the refresh failed
 */
async function refresh(lambdaUrl: string, relation: string) {
  const [schema = '', table = ''] = relation.split('.');
  const response = await fetch(`${lambdaUrl}/2015-03-31/functions/offload-local-refresh/invocations`, {
    method: 'POST',
    body: JSON.stringify({ source: 'offload', schema, table, operation: 'UPDATE' }),
  });
  const answer = await response.text();
  if (!response.ok || response.headers.has('x-amz-function-error'))
    throw new Error(`the refresh failed: ${answer.slice(0, 300)}`);
  return Outcome.parse(JSON.parse(answer)).outcome !== 'ignored';
}
