import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export type Reply = (response: ServerResponse) => void;

export interface Received {
  target: string;
  headers: IncomingMessage['headers'];
  body: unknown;
  /** The client's port, which identifies the connection. */
  port: number | undefined;
}

/** A server that answers each call with the next reply; the last one repeats. */
export async function startScriptedServer(...replies: Reply[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse((await buffer(request)).toString());
    const { headers, socket } = request;
    received.push({ target: String(headers['x-amz-target']), headers, body, port: socket.remotePort });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    received,
    closeConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export const json =
  (value: unknown, status = 200): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(value));

export const refusal = (
  code: string,
  { status = 400, message }: { status?: number; message?: string } = {},
) => json({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }, status);

export const hangUp: Reply = (response) => response.destroy();
export const silence: Reply = () => {};
