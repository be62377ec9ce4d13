import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A Lambda endpoint that records the events, and answers with the result of `answer`, which may be a promise.
 * `DryRun` is not counted.
 */
export async function startLambdaEndpoint() {
  const events: unknown[] = [];
  const accepted = { status: 202, body: '' };
  const endpoint = {
    url: '',
    events,
    /** Handles an event before the answer. */
    onEvent: async (_event: unknown): Promise<{ status: number; body: string }> => accepted,
    accepted,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (request.headers['x-amz-invocation-type'] !== 'Event') return response.end();
    const event: unknown = JSON.parse(Buffer.concat(chunks).toString());
    events.push(event);
    const { status, body } = await endpoint.onEvent(event);
    return response.writeHead(status).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  endpoint.url = `http://127.0.0.1:${address.port}`;
  return endpoint;
}
export type LambdaEndpoint = Awaited<ReturnType<typeof startLambdaEndpoint>>;
