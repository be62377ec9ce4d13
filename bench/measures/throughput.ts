import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { projectDir } from '../build.ts';
import { besideEach } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { startUvicorn } from '../peers/uvicorn.ts';
import { startSubject, withAll } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

const connections = 16;
const Load = z.object({
  requests: z.object({ average: z.number() }),
  non2xx: z.literal(0),
  errors: z.literal(0),
});

/** Requests a second over 16 connections: the handler behind Node's own HTTP server, the peers in uvicorn with one worker. */
export const measure: Measure = async ({ world, now, quick, progress }) => {
  const rows = 1_000;
  progress(`${connections} connections, ${rows.toLocaleString('en')} rows`);
  const python = await installPeers();
  const database = await world.database('throughput', rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const { file } = await now.bundle('functions/list.ts');
  return withAll(async (later) => {
    const serve = join(projectDir, 'bench/processes/serve-function.ts');
    const list = await later(startSubject('list', [process.execPath, serve, file], environment));
    const { headers } = await list.do({}, 'listening');
    const subjects = [
      { name: names.now, url: `${headers['url']}topics/` },
      ...(await Promise.all(
        (
          [
            ['original', names.original],
            ['original_bytes', names.bytesKept],
            ['rest', names.rest],
          ] as const
        ).map(async ([peer, name]) => ({
          name,
          url: `${(await later(startUvicorn(python, peer, database.url))).url}topics/`,
        })),
      )),
    ];
    const take = ({ url }: { url: string }) => load(url, quick ? 2 : 5);
    await inTurns(1, subjects, take);
    const taken = await inTurns(quick ? 3 : 5, subjects, take);
    const samples = new Map([...taken].map(([{ name }, values]) => [name, values]));
    const what = `Plain lists a second, ${connections} connections`;
    return besideEach({ id: 'throughput', what, rows, unit: 'requests/s' }, samples);
  });
};

/** @throws where an answer was an error */
async function load(url: string, seconds: number): Promise<number> {
  const autocannon = join(projectDir, 'bench/node_modules/autocannon/autocannon.js');
  const args = [
    autocannon,
    '--json',
    '--connections',
    String(connections),
    '--duration',
    String(seconds),
    url,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Load.parse(JSON.parse(stdout)).requests.average;
}
