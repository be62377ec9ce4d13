import { UnansweredError } from './errors.ts';

export interface Timeouts {
  /** Until there is a connection: of TCP, under TLS too, whose handshake is a part of `answerMs`. */
  connectMs: number;
  /** Until the answer begins; then, between two parts of it. */
  answerMs: number;
}

/** One POST. @throws UnansweredError */
export type Post = (
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<{ status: number; text: string }>;

/** POSTs to one address, over connections that are kept open between calls. */
export function createPost(url: URL, { connectMs, answerMs }: Timeouts): Post {
  let http: ReturnType<typeof httpFor> | undefined;

  return (headers, body) =>
    new Promise((resolve, reject) => {
      http ??= httpFor(url);
      const request = http.request(url, { method: 'POST', agent: http.agent, headers });
      const fail = (message: string, cause?: unknown) => {
        stop();
        // A new connection alone is known to be open: the other idle ones are as old as this one.
        const wasIdle = request.reusedSocket && cause !== undefined;
        if (wasIdle)
          for (const socket of Object.values(http?.agent.freeSockets ?? {}).flat()) socket?.destroy();
        reject(new UnansweredError(message, { cause, wasIdle }));
        request.destroy();
      };
      const connecting = setTimeout(() => fail(`no connection within ${connectMs} ms`), connectMs);
      const answering = setTimeout(() => fail(`no answer within ${answerMs} ms`), answerMs);
      const stop = () => {
        clearTimeout(connecting);
        clearTimeout(answering);
      };
      const broken = (error: unknown) => fail('the connection broke', error);

      request.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(connecting));
        else clearTimeout(connecting);
      });
      request.on('error', broken);
      request.once('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => {
          parts.push(part);
          answering.refresh();
        });
        response.on('error', broken);
        response.once('end', () => {
          stop();
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
        });
      });
      request.end(body);
    });
}

/**
 * Loaded at the first call, and TLS for an address that has it alone. Not by an `import`: that reads every export of
 * `node:http`, some of which load a WebSocket client, and takes 25 ms longer.
 */
function httpFor({ protocol }: URL) {
  const { request, Agent } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
  return { request, agent: new Agent({ keepAlive: true }) };
}
