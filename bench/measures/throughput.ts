import { join } from 'node:path';
import * as z from 'zod';
import { projectDir, run } from '../build.ts';
import { besideEach } from '../figure.ts';
import { type Bench, type Measure, names } from '../measure.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import { type Environment, startProcess } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const connections = 16;
const Load = z.object({
  requests: z.object({ average: z.number() }),
  non2xx: z.literal(0),
  errors: z.literal(0),
});

/** Requests per second over 16 connections: the handler behind Node's HTTP server, the peers in uvicorn with one worker. */
export const measure: Measure = async ({ world, later, python, now, quick }) => {
  const rows = 1_000;
  const database = await world.database('throughput', rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const { file } = await now.bundle('functions/list.ts');
  const url = await serveFunction(later, file, environment);
  const seconds = quick ? 2 : 5;
  const original = await later(startUvicorn(python, 'original', database.url));
  const rest = await later(startUvicorn(python, 'rest', database.url));
  const subjects = [
    { name: names.now, take: () => load(`${url}topics/`, seconds) },
    { name: names.original, take: () => load(`${original.url}topics/`, seconds) },
    { name: names.encoded, take: () => load(`${original.url}encoded/`, seconds) },
    { name: names.rest, take: () => load(`${rest.url}topics/`, seconds) },
  ];
  const samples = await inTurns(subjects, { rounds: quick ? 3 : 5 });
  const what = `Uncompressed lists per second, ${connections} connections`;
  return besideEach({ id: 'throughput', what, rows, unit: 'requests/s' }, samples);
};

/** @returns the URL of the function behind Node's own HTTP server */
export async function serveFunction(later: Bench['later'], file: string, environment: Environment) {
  const serve = join(projectDir, 'bench/processes/serve-function.ts');
  const list = await later(startProcess('list', [process.execPath, serve, file], environment));
  const { headers } = await list.answer({}, 'listening');
  return headers['url'] ?? '';
}

/** @returns requests per second @throws Error after an answer that is an error */
export async function load(url: string, seconds: number): Promise<number> {
  const autocannon = join(projectDir, 'bench/node_modules/autocannon/autocannon.js');
  const options = `--json --connections ${connections} --duration ${seconds}`.split(' ');
  const { stdout } = await run(process.execPath, [autocannon, ...options, url]);
  return Load.parse(JSON.parse(stdout)).requests.average;
}
