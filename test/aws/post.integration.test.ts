import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundle } from '../support/bundle.ts';
import { createTestFolder } from '../support/stack.ts';

const run = promisify(execFile);
const source = new URL('../../lib/aws/post.ts', import.meta.url);

test('in a bundle, an http: endpoint loads neither Node’s HTTP nor TLS', async () => {
  const { dir, remove } = await createTestFolder();
  await bundle(fileURLToPath(source), { outdir: dir, root: dir });
  const code = `
    const { createPost } = await import('${pathToFileURL(join(dir, 'post.mjs')).href}');
    const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule (https?|_tls_wrap|net)$/.test(name));
    const { post } = createPost(new URL('http://127.0.0.1:1'), { connectMs: 50, answerMs: 50 });
    const before = loaded();
    await post({}, '').catch(() => {});
    console.error(JSON.stringify([before, loaded()]));`;
  const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', code], { env: {} });
  await remove();
  expect(JSON.parse(stderr)).toEqual([[], ['NativeModule net']]);
});

/** A certificate of `localhost` that only NODE_EXTRA_CA_CERTS makes trusted. */
async function certificateIn(dir: string) {
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)]);
  return { key, cert, certFile };
}

test('an https: endpoint is called by its name if its certificate is trusted, over as few connections as there are calls at a time, with one TLS session', async () => {
  const { dir, remove } = await createTestFolder();
  const { key, cert, certFile } = await certificateIn(dir);
  const received: string[] = [];
  const connections: unknown[] = [];
  const server = createServer({ key, cert }, async (request, response) => {
    const body = await text(request);
    received.push(`${request.headers.host} ${body}`);
    setTimeout(() => response.end(`for ${body}`), 300); // longer than a connection may take
  });
  server.on('secureConnection', (socket) =>
    connections.push([socket.servername, socket.isSessionReused() ? 'resumed' : 'new']),
  );
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;

  const code = `
    import { createPost } from '${source.href}';
    const url = new URL('https://localhost:${port}');
    const { post } = createPost(url, { connectMs: 200, answerMs: 5_000 });
    try {
      const call = (body) => post({ host: url.host }, body);
      const answers = [await call('テ'), await call('b'), ...(await Promise.all([call('c'), call('d')]))];
      console.log(JSON.stringify(answers.map(({ text }) => text)));
    } catch ({ name, cause }) {
      console.log(JSON.stringify([name, cause.code]));
    }`;
  const call = async (env: Record<string, string>) => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { env });
    return JSON.parse(stdout);
  };
  expect(await call({})).toEqual(['UnansweredError', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
  expect(received).toEqual([]);
  connections.length = 0;
  const bodies = ['テ', 'b', 'c', 'd'];
  expect(await call({ NODE_EXTRA_CA_CERTS: certFile })).toEqual(bodies.map((body) => `for ${body}`));
  expect(received.sort()).toEqual(bodies.map((body) => `localhost:${port} ${body}`).sort());
  expect(connections).toEqual([
    ['localhost', 'new'],
    ['localhost', 'resumed'],
  ]);
  server.close();
  server.closeAllConnections();
  await remove();
});

test('a call whose encrypted answer is damaged on its way fails, and the next one takes another connection', async () => {
  const { dir, remove } = await createTestFolder();
  const { key, cert, certFile } = await certificateIn(dir);
  let isDamaging = false;
  const server = createServer({ key, cert }, async (request, response) => {
    const body = await text(request);
    isDamaging = body === 'a';
    response.end(`for ${body}`);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const target = server.address();
  const port = typeof target === 'object' ? Number(target?.port) : 0;
  const way = net.createServer((near) => {
    const far = net.connect({ port, host: 'localhost' });
    near.pipe(far);
    far.on('data', (bytes) => {
      const last = bytes.byteLength - 1;
      if (isDamaging) bytes[last] = (bytes[last] ?? 0) ^ 1;
      isDamaging = false;
      near.write(bytes);
    });
    for (const socket of [near, far])
      socket.on('error', () => {}).on('close', () => [near, far].map((one) => one.destroy()));
  });
  way.listen(0, 'localhost');
  await once(way, 'listening');
  const address = way.address();
  const code = `
    import { createPost } from '${source.href}';
    const url = new URL('https://localhost:${typeof address === 'object' ? address?.port : 0}');
    const { post } = createPost(url, { connectMs: 5_000, answerMs: 20_000 });
    const call = (body) => post({ host: url.host }, body).then(({ text }) => text, ({ message }) => message);
    console.log(JSON.stringify([await call('first'), await call('a'), await call('b')]));`;
  const env = { NODE_EXTRA_CA_CERTS: certFile };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { env });
  expect(JSON.parse(stdout)).toEqual(['for first', 'the connection broke', 'for b']);
  way.close();
  server.close();
  server.closeAllConnections();
  await remove();
});
