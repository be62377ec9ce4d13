import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Invocation, invoke } from './invoke.ts';
import { answerError, answerRow, queryOf, readMessages, refuseEncryption, welcome } from './wire.ts';

export interface Bridge {
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1 that accepts dblink's queries in PostgreSQL's protocol, and converts each query to one
 * Lambda invocation. A database function can thus call Lambda and wait for the answer with PostgreSQL's own extensions.
 */
export async function startBridge({ lambdaUrl }: { lambdaUrl: string }): Promise<Bridge> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // the client has disconnected
    socket.on('close', () => sockets.delete(socket));
    void serve(socket, lambdaUrl).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return {
    port: address.port,
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(socket: Socket, lambdaUrl: string) {
  for await (const message of readMessages(socket)) {
    if (message.type === 'encryption') socket.write(refuseEncryption);
    else if (message.type === 'startup') socket.write(welcome);
    else if (message.type === 'Q') socket.write(await answer(message.body, lambdaUrl));
    else break; // the client terminates the session
  }
  socket.end();
}

async function answer(body: Buffer, lambdaUrl: string) {
  try {
    return answerRow(await invoke(lambdaUrl, Invocation.parse(JSON.parse(queryOf(body)))));
  } catch (error) {
    return answerError(error instanceof Error ? error.message : String(error));
  }
}
