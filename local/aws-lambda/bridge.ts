import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Invocation, invoke } from './invoke.ts';
import { answerError, answerRow, queryOf, readMessages, refuseEncryption, welcome } from './wire.ts';

export interface Bridge {
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts what looks like a PostgreSQL server on 127.0.0.1, to dblink, and takes each query for one invocation. So a
 * function of the database can call Lambda, and wait for the answer, with nothing but extensions that PostgreSQL brings.
 */
export async function startBridge({ lambdaUrl }: { lambdaUrl: string }): Promise<Bridge> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // a session that was ended needs no answer
    socket.on('close', () => sockets.delete(socket));
    void serve(socket, lambdaUrl).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port was given');
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
    else break; // the client says good-bye
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
