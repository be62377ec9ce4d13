import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundle } from '../support/bundle.ts';
import { createTestFolder } from '../support/stack.ts';

test('in a bundle, the first call loads Node’s HTTP, and an http: endpoint loads no TLS', async () => {
  const { dir, remove } = await createTestFolder();
  await bundle(fileURLToPath(new URL('../../lib/aws/post.ts', import.meta.url)), { outdir: dir, root: dir });
  const code = `
    const { createPost } = await import('${pathToFileURL(join(dir, 'post.mjs')).href}');
    const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule (https?|_tls_wrap)$/.test(name));
    const post = createPost(new URL('http://127.0.0.1:1'), { connectMs: 50, answerMs: 50 });
    const before = loaded();
    await post({}, '').catch(() => {});
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    env: {},
  });
  await remove();
  expect(JSON.parse(stdout)).toEqual([[], ['NativeModule http']]);
});
