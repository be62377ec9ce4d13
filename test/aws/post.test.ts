import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { UnansweredError } from '../../lib/aws/errors.ts';
import { createPost } from '../../lib/aws/post.ts';
import { until } from '../support/until.ts';

const sockets: Socket[] = [];
const servers: net.Server[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** @param onFirst what the server does at the first bytes of each connection, by its number */
async function serverOf(onFirst: (socket: Socket, nth: number) => void) {
  let count = 0;
  const server = net.createServer((socket) => {
    count += 1;
    const nth = count;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => onFirst(socket, nth));
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return createPost(new URL(`http://127.0.0.1:${address.port}`), { connectMs: 20_000, answerMs: 20_000 });
}
const answer = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

test('a connection whose request is not sent to its end carries no other request', async () => {
  const { post } = await serverOf((socket, nth) => {
    socket.pause(); // reads no further
    socket.write(answer(String(nth)));
  });
  expect(await post({ host: 'h' }, 'x'.repeat(8_000_000))).toMatchObject({ text: '1' });
  expect(await post({ host: 'h' }, 'b')).toMatchObject({ text: '2' });
});

test('a connection that sends bytes without a request carries no other request', async () => {
  const { post } = await serverOf((socket, nth) => {
    socket.write(answer(String(nth)));
    setImmediate(() => socket.write(answer('of nobody')));
  });
  expect(await post({ host: 'h' }, 'a')).toMatchObject({ text: '1' });
  const [socket] = sockets;
  if (socket !== undefined && !socket.destroyed) await once(socket, 'close');
  expect(await post({ host: 'h' }, 'b')).toMatchObject({ text: '2' });
});

test('a header with a line break is refused', async () => {
  const { post } = await serverOf((socket) => socket.write(answer('')));
  await expect(post({ host: 'h\r\nx-injected: 1' }, 'a')).rejects.toThrow('a header has a line break');
  expect(sockets).toEqual([]);
});

test('a request takes the connection that was opened before it', async () => {
  const { post, connect } = await serverOf((socket, nth) => socket.write(answer(String(nth))));
  await connect();
  expect(await post({ host: 'h' }, 'a')).toMatchObject({ text: '1' });
  expect(sockets).toHaveLength(1);
});

test('a connection that cannot be opened, or does not last until the request, is the request’s to report or replace', async () => {
  const { post, connect } = await serverOf((socket, nth) => socket.write(answer(String(nth))));
  await connect();
  await until('the server has the connection', () => sockets.length === 1);
  sockets[0]?.end();
  const answered = await post({ host: 'h' }, 'a').catch(() => post({ host: 'h' }, 'a'));
  expect(answered).toMatchObject({ text: '2' });

  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  await connect();
  await expect(post({ host: 'h' }, 'a')).rejects.toThrow(UnansweredError);
});
