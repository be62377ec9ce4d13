import { once } from 'node:events';
import { createServer } from 'node:net';

/** @throws Error with one sentence that names the port, and the variable that sets it */
export async function refuseBusyPort(port: number, variable: string) {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: unknown) => {
    throw new Error(`Port ${port} is in use: end what uses it, or set ${variable} to another one.`, {
      cause,
    });
  });
  server.close();
  await once(server, 'close');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
