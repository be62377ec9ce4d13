import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';

/** A complete request. */
export interface WholeRequest {
  method: string;
  /** As in the request line. */
  url: string;
  headers: IncomingMessage['headers'];
  /** Names and values in turn, as sent. */
  rawHeaders: readonly string[];
  httpVersion: string;
  remoteAddress: string;
  body: Buffer;
}

type Answer = (request: WholeRequest, response: ServerResponse) => Promise<unknown> | unknown;

export interface Limits {
  maxRequestBytes: number;
  maxHeaderBytes?: number;
}

/** Serves HTTP on 127.0.0.1. @param port 0 takes a free one */
export async function serve(port: number, limits: Limits, answer: Answer) {
  const { maxHeaderBytes = 16_384 } = limits;
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, whole(limits.maxRequestBytes, answer));
  const boundPort = await listen(server, port);
  return { url: `http://127.0.0.1:${boundPort}`, port: boundPort, stop: () => close(server) };
}

/**
 * Passes complete requests to `answer`. Drops an aborted request, answers 413 to one over `maxBytes`, and 500 if `answer`
 * throws. The process continues in each case.
 */
export function whole(maxBytes: number, answer: Answer): RequestListener {
  return async (request, response) => {
    response.on('error', () => {}); // the client has disconnected
    try {
      const body = await readBody(request, maxBytes);
      if (body === undefined) {
        reply(response, 413, 'Request Entity Too Large');
        return;
      }
      const { method = 'GET', url = '/', headers, rawHeaders, httpVersion, socket } = request;
      const remoteAddress = socket.remoteAddress ?? '127.0.0.1';
      await answer({ method, url, headers, rawHeaders, httpVersion, remoteAddress, body }, response);
    } catch (error) {
      if (!request.complete) return; // the client aborted the request
      process.stderr.write(
        `${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}\n`,
      );
      reply(response, 500, 'Internal Server Error');
    }
  };
}

/** Reads a body over the limit to its end and drops it: most clients read the answer only after they have sent all. */
async function readBody(request: IncomingMessage, maxBytes: number) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes <= maxBytes) chunks.push(part);
    else chunks.length = 0;
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : undefined;
}

/** The server's own answer, with API Gateway's wording. */
export function reply(response: ServerResponse, status: number, message: string) {
  if (response.headersSent) return response.destroy();
  const body = JSON.stringify({ message });
  return response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
    .end(body);
}

export async function listen(server: Server, port: number): Promise<number> {
  // Idle connections stay open: a client without retries would fail if its connection closed while it sends a request.
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}

export async function close(server: Server) {
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
}
