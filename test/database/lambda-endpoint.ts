import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * A Lambda endpoint that keeps what it is sent, and answers as `answer` says: at once, or when its promise does.
 * `DryRun` is not counted.
 */
export async function startLambdaEndpoint() {
  const events: unknown[] = [];
  const accepted = { status: 202, body: '' };
  const endpoint = {
    url: '',
    events,
    /** What happens to an event, before it is answered. */
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
  if (address === null || typeof address === 'string') throw new TypeError('no port was given');
  endpoint.url = `http://127.0.0.1:${address.port}`;
  return endpoint;
}
export type LambdaEndpoint = Awaited<ReturnType<typeof startLambdaEndpoint>>;
