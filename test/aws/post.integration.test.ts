import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

test('the first call loads Node’s HTTP; an http: endpoint loads no TLS', async () => {
  const module = new URL('../../lib/aws/post.ts', import.meta.url).href;
  const code = `
    const { createPost } = await import('${module}');
    const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule (https?|_tls_wrap)$/.test(name));
    const post = createPost(new URL('http://127.0.0.1:1'), { connectMs: 50, answerMs: 50 });
    const before = loaded();
    await post({}, '').catch(() => {});
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    env: {},
  });
  expect(JSON.parse(stdout)).toEqual([[], ['NativeModule http']]);
});
