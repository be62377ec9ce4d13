import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { figureOf } from '../figure.ts';
import type { Measure } from '../measure.ts';
import { projectFile } from '../project-file.ts';
import { type Server, startConstant, startList, startUvicorn } from '../throughput/servers.ts';
import { benchDir, publish } from '../world.ts';

const rows = 1_000;
const connectionCounts = [1, 16, 64];

/** The name that the local stage of serverless.yml gives to the table. */
const localTable = 'offload-local-cache';

/**
 * How many requests a second are answered over HTTP, on one machine, where the client takes its share of it. Lambda runs
 * each request of these in an environment of its own, so this tells what one process can do, beside the peers' one process,
 * and what the emulation of API Gateway and Lambda costs: a function that answers as much from a constant stands for it.
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
    const constantFile = `${benchDir}/constant.json`;
    await writeFile(constantFile, await (await fetch(list)).text());
    const constant = await started(startConstant(constantFile));

    const cases = [
      { subject: 'list function', url: list, headers: {} },
      { subject: 'list function, gzip', url: list, headers: { 'accept-encoding': 'gzip' } },
      { subject: 'constant function', url: constant, headers: {} },
      { subject: 'FastAPI + Django', url: original, headers: {} },
      { subject: 'Django REST framework', url: rest, headers: {} },
    ].map((one) => ({ ...one, rates: new Map(connectionCounts.map((count) => [count, [] as number[]])) }));

    for (const { url, headers } of cases) await load({ url, connections: 16, seconds, headers }); // warms up
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`);
      for (const { url, headers, rates } of cases)
        for (const [connections, found] of rates)
          found.push(await load({ url, connections, seconds, headers }));
    }
    return cases.flatMap(({ subject, rates }) =>
      [...rates].map(([connections, found]) => {
        const variant = connections === 1 ? '1 connection' : `${connections} connections`;
        return figureOf({ measure: 'throughput', subject, variant, rows, unit: 'requests/s' }, found);
      }),
    );
  } finally {
    for (const server of servers.reverse()) await server.stop();
  }
};

async function load(how: {
  url: string;
  connections: number;
  seconds: number;
  headers: Record<string, string>;
}) {
  const args = [projectFile('bench/throughput/load.ts'), JSON.stringify(how)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return z.coerce.number().parse(stdout);
}
