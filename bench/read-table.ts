/**
 * Reads 100,000 topics whole through the Data API with all its limits, beside a plain SELECT of the same rows by `pg`:
 *
 *     npm run bench:read-table
 *
 * Each way runs in a process of its own, so that the peak of its memory is its own.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { Client } from 'pg';
import * as z from 'zod';
import { systemClock } from '../lib/clock.ts';
import { createDataApi } from '../lib/data-api/data-api.ts';
import { answerLimits } from '../lib/topics/answer-sql.ts';
import { encodeRecord } from '../lib/topics/json-text.ts';
import { createTableReader } from '../lib/topics/read-table.ts';
import { topics } from '../lib/topics/topic.ts';
import { createDataApiServer } from '../local/data-api/create-data-api-server.ts';
import { defaultArns } from '../local/data-api/default-arns.ts';
import { awsLimits } from '../local/data-api/limits.ts';
import { insertTopics, seedFile } from '../local/database.ts';
import { startPostgres } from '../local/postgres.ts';

const copies = 100;

const Figures = z.object({
  rows: z.number(),
  jsonBytes: z.number(),
  seconds: z.number(),
  peakMiB: z.number(),
});
type Figures = z.infer<typeof Figures>;

/** The ways to read; each is what a child process does. */
const ways = {
  async 'the Data API'(endpoint: string) {
    const client = new RDSDataClient({
      ...{ endpoint, region: 'us-east-1', maxAttempts: 1 },
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const deps = { clock: systemClock, random: Math.random, report: console.error };
    const dataApi = createDataApi({ client, ...defaultArns, database: 'postgres', ...deps });
    const limits = answerLimits(awsLimits.maxResponseBytes);
    const reader = createTableReader({
      ...{ dataApi, table: topics, relation: 'public.bbs_topic', limits },
      report: console.error,
    });
    const { records } = await reader.read({ pending: [], deadlineMs: Date.now() + 600_000 });
    return records.map(encodeRecord);
  },

  async 'pg, SELECT'(url: string) {
    const client = new Client(url);
    await client.connect();
    const { rows } = await client.query('SELECT id, title, comment, dt FROM bbs_topic ORDER BY id');
    await client.end();
    return rows.map((row) => JSON.stringify(row));
  },
} satisfies Record<string, (url: string) => Promise<string[]>>;

async function measure(read: () => Promise<string[]>): Promise<Figures> {
  const startedMs = performance.now();
  const lines = await read();
  const seconds = (performance.now() - startedMs) / 1000;
  const jsonBytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  return { rows: lines.length, jsonBytes, seconds, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

async function inChild(way: string, url: string): Promise<Figures> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, way, url]);
  return Figures.parse(JSON.parse(stdout));
}

async function compare() {
  const folder = await mkdtemp(join(tmpdir(), 'bench-read-table-'));
  await chmod(folder, 0o755); // the user that PostgreSQL runs as must be able to enter it
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 54_399 });
  const server = await createDataApiServer({ ...defaultArns, databaseUrl: postgres.url });
  try {
    await fill(postgres.url);
    const urls = { 'the Data API': server.url, 'pg, SELECT': postgres.url };
    for (const round of [1, 2, 3]) {
      server.resetStats();
      for (const [way, url] of Object.entries(urls)) {
        const { rows, jsonBytes, seconds, peakMiB } = await inChild(way, url);
        console.log(
          `round ${round}  ${way.padEnd(12)}  ${rows} rows  ${(jsonBytes / 1e6).toFixed(1)} MB of JSON  ` +
            `${seconds.toFixed(2)} s  ${peakMiB.toFixed(0)} MiB at most`,
        );
      }
      const { calls, responseBytes, maxResponseBytes } = server.stats;
      const least = Math.ceil(responseBytes / awsLimits.maxResponseBytes);
      console.log(
        `         ${calls.ExecuteStatement} statements, ${least + 1} at least; ` +
          `${(responseBytes / 1e6).toFixed(1)} MB answered, ${maxResponseBytes} bytes at most`,
      );
    }
  } finally {
    await server.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(url: string) {
  const client = new Client(url);
  await client.connect();
  const [schema, seed] = await Promise.all(['bbs.sql', 'topics-1000.json'].map(seedFile));
  await client.query(schema ?? '');
  await insertTopics(client, seed ?? '');
  await client.query(`INSERT INTO bbs_topic (id, title, comment, dt)
    SELECT id + 1000 * n, title, comment, dt FROM bbs_topic, generate_series(1, ${copies - 1}) AS n`);
  await client.query('VACUUM ANALYZE bbs_topic');
  await client.end();
}

const [way, url = ''] = process.argv.slice(2);
if (way === undefined) await compare();
else {
  const read = Object.entries(ways).find(([name]) => name === way)?.[1];
  if (read === undefined) throw new Error(`there is no way called ${way}`);
  console.log(JSON.stringify(await measure(() => read(url))));
}
