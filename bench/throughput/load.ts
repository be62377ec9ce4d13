/**
 * Asks a server as fast as it answers, over a number of connections that are kept:
 *
 *     node bench/throughput/load.ts '{"url": "http://…", "connections": 16, "seconds": 2, "headers": {}}'
 *
 * Prints the requests that were answered in each second; those that are under way at the end are waited for,
 * and counted in, with their time. An answer other than 200 ends it.
 */
import { Agent, get } from 'node:http';
import * as z from 'zod';

const Load = z.object({
  url: z.string(),
  connections: z.int(),
  seconds: z.number(),
  headers: z.record(z.string(), z.string()),
});
const { url, connections, seconds, headers } = Load.parse(JSON.parse(process.argv[2] ?? ''));
const agent = new Agent({ keepAlive: true, maxSockets: connections });

/** One request, and all of its answer. */
const ask = () =>
  new Promise<void>((answered, failed) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) failed(new Error(`${url} answered ${response.statusCode}`));
      response.resume().once('end', answered).once('error', failed);
    }).once('error', failed);
  });

async function client(endMs: number) {
  do {
    await ask();
    count += 1;
  } while (performance.now() < endMs);
}

let count = 0;
const startMs = performance.now();
await Promise.all(Array.from({ length: connections }, () => client(startMs + seconds * 1_000)));
const elapsedMs = performance.now() - startMs;
agent.destroy();
console.log((count / elapsedMs) * 1_000);
