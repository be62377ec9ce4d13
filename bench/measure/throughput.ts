import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import * as z from 'zod';
import { figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { projectFile } from '../project-file.ts';
import { type Server, startConstant, startList, startUvicorn } from '../throughput/servers.ts';
import { inTurns } from '../turns.ts';
import { benchDir, publish } from '../world.ts';

const rows = 1_000;
const connectionCounts = [1, 16, 64];
const plain: Record<string, string> = {};
const gzip: Record<string, string> = { 'accept-encoding': 'gzip' };

/** The name that the local stage of serverless.yml gives to the table. */
const localTable = 'offload-local-cache';

/**
 * How many requests a second are answered over HTTP, on one machine, where the client takes its share of it.
 * Lambda runs each request of these in an environment of its own, so this tells what one process can do,
 * beside the peers' one process, and what the emulation of API Gateway and Lambda costs: a function that
 * answers as much from a constant stands for it.
 */
export const measure: Measure = async ({ world, quick, progress }) => {
  const { rounds, seconds } = quick ? { rounds: 1, seconds: 0.4 } : { rounds: 5, seconds: 2 };
  const place = await world.withCache(await world.at(rows), localTable);
  await publish(place);

  const servers: Server[] = [];
  const started = async (starting: Promise<Server>) => {
    const server = await starting;
    servers.push(server);
    return server.url;
  };
  try {
    progress('starting the servers');
    const list = await started(startList(place, world.dynamoDb));
    const original = await started(startUvicorn('original', place.databaseUrl));
    const rest = await started(startUvicorn('rest', place.databaseUrl));
    const bytesKept = await started(startUvicorn('original_bytes', place.databaseUrl));
    const constantFile = `${benchDir}/constant.json`;
    const answers = { plain: await replyOf(list, plain), gzip: await replyOf(list, gzip) };
    await writeFile(constantFile, JSON.stringify(answers));
    const constant = await started(startConstant(constantFile));

    const cases = [
      { subject: 'list function', url: list, headers: plain },
      { subject: 'list function', url: list, headers: gzip },
      { subject: 'constant function', url: constant, headers: plain },
      { subject: 'constant function', url: constant, headers: gzip },
      { subject: 'FastAPI + Django', url: original, headers: plain },
      { subject: 'FastAPI, bytes kept', url: bytesKept, headers: plain },
      { subject: 'Django REST framework', url: rest, headers: plain },
    ].flatMap((one) => connectionCounts.map((connections) => ({ ...one, connections })));

    await inTurns(1, cases, (one) => load({ ...one, seconds: seconds / 2 })); // warms up
    const rates = await inTurns(
      rounds,
      cases,
      (one) => load({ ...one, seconds }),
      async (round) => progress(`round ${round + 1} of ${rounds}`),
    );
    return [...rates].map(([{ subject, headers, connections }, found]) => {
      const counted = connections === 1 ? '1 connection' : `${connections} connections`;
      const variant = headers === gzip ? `${counted}, gzip` : counted;
      return figureOf({ measure: 'throughput', subject, variant, rows, unit: 'requests/s' }, found);
    });
  } finally {
    for (const server of servers.reverse()) await server.stop();
  }
};

/** A server's answer as a function gives it: its bytes as they came, compressed or not. */
async function replyOf(url: string, headers: Record<string, string>) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers }, resolve).once('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  const encoding = response.headers['content-encoding'];
  if (encoding !== headers['accept-encoding']) throw new Error(`${url} answered ${encoding ?? 'plain'}`);
  const bytes = await buffer(response);
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json', ...(encoding && { 'content-encoding': encoding }) },
    body: bytes.toString(encoding === undefined ? 'utf8' : 'base64'),
    isBase64Encoded: encoding !== undefined,
  };
}

async function load({
  url,
  connections,
  seconds,
  headers,
}: {
  url: string;
  connections: number;
  seconds: number;
  headers: Record<string, string>;
}) {
  const how = JSON.stringify({ url, connections, seconds, headers });
  const { stdout } = await promisify(execFile)(process.execPath, [
    projectFile('bench/throughput/load.ts'),
    how,
  ]);
  return z.coerce.number().parse(stdout);
}
