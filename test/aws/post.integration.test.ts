import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
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
    const post = createPost(new URL('http://127.0.0.1:1'), { connectMs: 50, answerMs: 50 });
    const before = loaded();
    await post({}, '').catch(() => {});
    console.error(JSON.stringify([before, loaded()]));`;
  const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', code], { env: {} });
  await remove();
  expect(JSON.parse(stderr)).toEqual([[], ['NativeModule net']]);
});

test('an https: endpoint is called over one connection, by its name, if its certificate is trusted', async () => {
  const { dir, remove } = await createTestFolder();
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)]);
  const received: unknown[] = [];
  const ports = new Set<unknown>();
  const server = createServer({ key, cert }, async (request, response) => {
    const body = await text(request);
    ports.add(request.socket.remotePort);
    const servername = 'servername' in request.socket ? request.socket.servername : undefined;
    received.push({ servername, body, host: request.headers.host });
    setTimeout(() => response.end(`for ${body}`), 300); // longer than a connection may take
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;

  const code = `
    import { createPost } from '${source.href}';
    const url = new URL('https://localhost:${port}');
    const post = createPost(url, { connectMs: 200, answerMs: 5_000 });
    try {
      const answers = [await post({ host: url.host }, 'テ'), await post({ host: url.host }, 'b')];
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
  expect(await call({ NODE_EXTRA_CA_CERTS: certFile })).toEqual(['for テ', 'for b']);
  const first = { servername: 'localhost', body: 'テ', host: `localhost:${port}` };
  expect(received).toEqual([first, { ...first, body: 'b' }]);
  expect(ports.size).toBe(1);
  server.close();
  server.closeAllConnections();
  await remove();
});
