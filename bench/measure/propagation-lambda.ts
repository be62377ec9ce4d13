import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { type Reader, startRefreshFunction } from '../subjects/refresh-readers.ts';
import type { Place } from '../world.ts';

/** As many as one writer can keep at work: a refresh, and the event of the next change. */
const containers = 2;
const Event = z.looseObject({});

/**
 * Lambda's Invoke with the refresh function behind it. An event is accepted at once, and goes to a container
 * that has nothing to do, or waits for one, as in Lambda.
 */
export async function startLambda(place: Pick<Place, 'environment'>) {
  const all: Reader[] = [];
  for (let n = 0; n < containers; n += 1) all.push(await startRefreshFunction(place));
  const free = [...all];
  const waiting: object[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // whoever waits for a list hears of it

  async function work(container: Reader) {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift())
      await container.read(event);
    free.push(container);
  }
  function accept(event: object) {
    waiting.push(event);
    const container = free.pop();
    if (container !== undefined) work(container).catch(failure.reject);
  }

  const server = createServer((request, response) => {
    const isEvent = request.headers['x-amz-invocation-type'] === 'Event';
    const accepted = isEvent ? json(request).then((event) => accept(Event.parse(event))) : Promise.resolve();
    accepted.then(
      () => response.writeHead(isEvent ? 202 : 204).end(),
      () => response.writeHead(400).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    /** Rejects as soon as an invocation fails. */
    failed: failure.promise,
    /** When no event is left. */
    async idle() {
      while (free.length < all.length) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      for (const container of all) await container.stop();
    },
  };
}
