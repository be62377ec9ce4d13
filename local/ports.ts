import { randomInt } from 'node:crypto';
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

/** A port that nothing listens on, below those that the system gives to outgoing connections: it stays free for a while. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
