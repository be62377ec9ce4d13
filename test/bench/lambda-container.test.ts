import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withContainer } from '../../bench/lambda/container.ts';

/** What a runtime client does, in short: AWS's own has to be compiled. */
const client = `
  const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/';
  const [file, name] = process.env._HANDLER.split('.');
  const { [name]: handler } = await import(process.env.LAMBDA_TASK_ROOT + '/' + file + '.mjs');
  for (;;) {
    const asked = await fetch(api + 'next');
    const body = JSON.stringify(await handler(await asked.json()));
    await fetch(api + asked.headers.get('lambda-runtime-aws-request-id') + '/response', { method: 'POST', body });
  }`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offload-container-'));
  await writeFile(join(folder, 'client.mjs'), client);
});
afterAll(() => rm(folder, { recursive: true }));

async function functionOf(name: string, code: string) {
  const bundle = join(folder, `${name}.mjs`);
  await writeFile(bundle, code);
  return { runtimeClient: join(folder, 'client.mjs'), bundle, environment: { GREETING: 'hello' } };
}

test('a container has its variables and those of Lambda, and none of this process', async () => {
  const greeter = await functionOf(
    'greeter',
    `export const handler = async (name) => [process.env.GREETING, name, process.env.AWS_LAMBDA_FUNCTION_NAME,
       process.env.NODE_OPTIONS ?? 'no options'];`,
  );
  await withContainer(greeter, async (container) => {
    const first = await container.invoke('world');
    expect(JSON.parse(String(first.body))).toEqual(['hello', 'world', 'greeter', 'no options']);
    const times = [
      container.spawnedAtMs,
      await container.initialised,
      first.handedOutAtMs,
      first.answeredAtMs,
    ];
    expect(times).toEqual(times.toSorted((a, b) => a - b));

    const second = await container.invoke('you');
    expect(JSON.parse(String(second.body))[1]).toBe('you');
    expect(second.handedOutAtMs).toBeGreaterThanOrEqual(first.answeredAtMs);
  });
});

test('a container that ends fails its invocation, with what it wrote last', async () => {
  const mortal = await functionOf(
    'mortal',
    `export const handler = async () => { console.error('no memory left'); process.exit(7); };`,
  );
  await withContainer(mortal, (container) =>
    expect(container.invoke({})).rejects.toThrow('The container mortal ended with 7: no memory left'),
  );
});

test('a container that is stopped is no process any more', async () => {
  const idle = await functionOf('idle', 'export const handler = async () => process.pid;');
  const pid = await withContainer(idle, async (container) => {
    const { body } = await container.invoke({});
    return Number(String(body));
  });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
