import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { startFunctions } from '../../local/functions.ts';
import { startGateway } from '../../local/gateway/gateway.ts';
import { startFunction } from '../../local/lambda/function.ts';
import { freePort } from '../../local/ports.ts';
import { installPeers } from '../peers/install.ts';
import { projectFile } from '../project-file.ts';
import type { Peer } from '../subjects/subject.ts';
import { benchDir, type Place } from '../world.ts';

export interface Server {
  /** Of the list. */
  url: string;
  stop(): Promise<void>;
}

const mostStartMs = 60_000;
/** What servers write in this run. */
export const logFile = `${benchDir}/servers.log`;

/** The project's functions as `npm start` runs them. */
export async function startList({ dataApi, database }: Place, dynamoDb: string): Promise<Server> {
  const portOf = (url: string) => Number(new URL(url).port);
  const ports = {
    api: await freePort(),
    lambda: await freePort(),
    dataApi: portOf(dataApi),
    dynamoDb: portOf(dynamoDb),
    ...{ parameters: 1, postgres: 1 }, // nothing here asks them
  };
  const { url, stop } = await startFunctions({ ports, database, dir: benchDir });
  return { url: `${url}/topics/`, stop };
}

/** The same emulation with a function that answers what is in a file: `{"plain": …, "gzip": …}`. */
export async function startConstant(file: string): Promise<Server> {
  const constant = await startFunction({
    definition: {
      ...{ key: 'constant', name: 'constant', memoryMb: 512, timeoutMs: 29_000, maxRetries: 0 },
      handler: { file: 'constant', exportName: 'handler' },
      environment: { CONSTANT_FILE: file },
      routeKeys: ['$default'],
      schedules: [],
    },
    file: projectFile('bench/emulation/constant.ts'),
    log: createWriteStream(logFile, { flags: 'a' }),
    onEnd: () => {},
  });
  const gateway = await startGateway({
    port: 0,
    routes: [{ key: '$default', functionName: 'constant' }],
    invoke: (_, event) => constant.invoke(event),
  });
  return { url: `${gateway.url}/topics/`, stop: () => gateway.stop().then(constant.stop) };
}

/** A peer in uvicorn, with one worker and without a line of log for each request. */
export async function startUvicorn(peer: Peer, databaseUrl: string): Promise<Server> {
  const port = await freePort();
  const serve = projectFile('bench/throughput/serve.py');
  const child = spawn(await installPeers(), [serve, peer, String(port)], {
    env: { DATABASE_URL: databaseUrl, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return listening(child, port);
}

/** @returns when the server answers */
async function listening(child: ChildProcess, port: number): Promise<Server> {
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}/topics/`;
  const stop = async () => {
    child.kill('SIGTERM');
    const impatient = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await exited;
    clearTimeout(impatient);
    log.end();
  };
  const lastMs = performance.now() + mostStartMs;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > lastMs) {
      await stop();
      throw new Error(`A server did not start: see ${logFile}.`);
    }
    await new Promise((later) => setTimeout(later, 50));
  }
  return { url, stop };
}

const answers = (url: string) =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false, // it does not listen yet
  );
