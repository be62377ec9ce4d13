import * as http from 'node:http';
import * as https from 'node:https';
import { UnansweredError } from './errors.ts';

export interface Timeouts {
  /** Time limit for the TCP connection. The TLS handshake counts towards `answerMs`. */
  connectMs: number;
  /** Time limit for the first byte of the response, and between two chunks of it. */
  answerMs: number;
}

/**
 * Sends one POST.
 * @throws UnansweredError
 */
export type Post = (
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<{ status: number; text: string }>;

/** Sends POSTs to one address over keep-alive connections. */
export function createPost(url: URL, { connectMs, answerMs }: Timeouts): Post {
  let client: ReturnType<typeof httpFor> | undefined;

  return (headers, body) =>
    new Promise((resolve, reject) => {
      client ??= httpFor(url);
      const request = client.request(url, { method: 'POST', agent: client.agent, headers });
      const fail = (message: string, cause?: unknown) => {
        stop();
        // Only a new connection is known to be open: the other idle connections are as old as the one that broke.
        const wasIdle = request.reusedSocket && cause !== undefined;
        if (wasIdle)
          for (const socket of Object.values(client?.agent.freeSockets ?? {}).flat()) socket?.destroy();
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

function httpFor({ protocol }: URL) {
  const { request, Agent } = protocol === 'https:' ? https : http;
  return { request, agent: new Agent({ keepAlive: true }) };
}
