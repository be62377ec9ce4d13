import { EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LambdaFunction, startFunction } from '../../../local/lambda/function.ts';
import { watchBundle } from '../../../local/lambda/watch-bundle.ts';
import { createTestFolder } from '../../support/stack.ts';

const file = fileURLToPath(new URL('functions-under-test.ts', import.meta.url));
const definition = {
  ...{ key: 'tried', name: 'offload-local-tried', memoryMb: 512, timeoutMs: 1_000, maxRetries: 2 },
  handler: { file: 'tried', exportName: 'handler' },
  environment: { AWS_REGION: 'eu-west-1', ITS_OWN: 'yes' },
  ...{ routeKeys: [], schedules: [] },
};

let tried: LambdaFunction;
let ends: number;
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

beforeEach(async () => {
  ends = 0;
  tried = await startFunction({
    ...{ definition, file, log: nowhere() },
    onEnd: () => {
      ends += 1;
    },
  });
});
afterEach(() => tried.stop());

const invoke = async (event: object, about = {}) => {
  const { payload, functionError } = await tried.invoke(JSON.stringify(event), about);
  return { result: JSON.parse(payload), functionError };
};

test('a function has the environment of its definition, without the shell’s', async () => {
  const { result } = await invoke({ do: 'context' });
  expect(result.environment).toMatchObject({
    AWS_LAMBDA_FUNCTION_NAME: 'offload-local-tried',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_REGION: 'eu-west-1',
    ITS_OWN: 'yes',
  });
  expect(result.environment).not.toHaveProperty('HOME');
});

test('each invocation has its own context', async () => {
  const about = { requestId: 'the-id', clientContext: '{"a":1}' };
  const { result } = await invoke({ do: 'context' }, about);
  expect(result).toMatchObject({
    awsRequestId: 'the-id',
    functionName: 'offload-local-tried',
    functionVersion: '$LATEST',
    memoryLimitInMB: '512',
    clientContext: { a: 1 },
  });
  expect(result.remainingMs).toBeGreaterThan(0);
  expect(result.remainingMs).toBeLessThanOrEqual(1_000);
});

test('invocations run at the same time, and each gets its own result', async () => {
  const ids = Array.from({ length: 50 }, (_, n) => `id-${n}`);
  const all = await Promise.all(ids.map((requestId) => invoke({ do: 'meet', count: 50 }, { requestId })));
  expect(all.map(({ result }) => result)).toEqual(ids);
});

test('a result of undefined becomes null', async () => {
  expect(await invoke({ do: 'nothing' })).toEqual({ result: null, functionError: undefined });
});

describe('an invocation fails with functionError Unhandled, and the next one succeeds, where the function', () => {
  test.each([
    ['throw', { errorType: 'TypeError', errorMessage: 'a fault' }],
    ['exit', { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') }],
    [
      'reject later',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 1') },
    ],
  ])('does this: %s', async (what, error) => {
    expect(await invoke({ do: what })).toEqual({
      result: expect.objectContaining(error),
      functionError: 'Unhandled',
    });
    expect((await invoke({ do: 'count' })).functionError).toBeUndefined();
  });

  test('exceeds its timeout; the next invocation has a new process', async () => {
    expect((await invoke({ do: 'count' })).result).toBe(1);
    const late = await invoke({ do: 'hang' });
    expect(late.result.errorMessage).toContain('Task timed out after 1.00 seconds');
    expect(late.functionError).toBe('Unhandled');
    expect((await invoke({ do: 'count' })).result).toBe(1);
    expect(ends).toBe(0);
  });

  test('returns more than 6 MB', async () => {
    expect((await invoke({ do: 'large', size: 6_291_554 })).functionError).toBeUndefined();
    expect(await invoke({ do: 'large', size: 6_291_555 })).toMatchObject({
      result: { errorType: 'Function.ResponseSizeTooLarge' },
      functionError: 'Unhandled',
    });
  });
});

test('a process that ends is reported once and replaced', async () => {
  await invoke({ do: 'exit' });
  expect(ends).toBe(1);
  expect((await invoke({ do: 'count' })).result).toBe(1);
});

test('an event over 6 MB is rejected with 413', async () => {
  await expect(tried.invoke(JSON.stringify('x'.repeat(6_291_456)))).rejects.toMatchObject({ status: 413 });
});

describe('changed code', () => {
  const source = (text: string) =>
    `import { text } from './text.ts'; export const handler = async () => text + ${text};`;

  test('serves once it builds and loads; until then the previous bundle serves', async () => {
    const { dir, remove } = await createTestFolder();
    await writeFile(`${dir}/text.ts`, "export const text: string = 'first';");
    await writeFile(`${dir}/tried.ts`, source("''"));
    const told = new EventEmitter<{ told: [string] }>();
    const tell = (text: string) => told.emit('told', text);
    const bundle = await watchBundle({
      handler: definition.handler,
      options: {
        ...{ format: 'esm', splitting: true, target: 'node24', platform: 'node' },
        ...{ mainFields: ['module', 'main'], external: [], banner: {} },
      },
      sourceDir: dir,
      outDir: `${dir}/out`,
      onBuilt: (built) =>
        void watched.replace(built).then(
          () => tell('replaced'),
          (error: Error) => tell(error.message),
        ),
      onError: tell,
    });
    const watched = await startFunction({ definition, file: bundle.file, log: nowhere(), onEnd: () => {} });
    const answered = async () => (await watched.invoke('{}')).payload;
    /** Writes a file, and waits for a report with this text: one write may cause two builds. */
    const write = async (name: string, text: string, expected: string) => {
      const heard = Promise.withResolvers<void>();
      const hear = (said: string) => void (said.includes(expected) && heard.resolve());
      told.on('told', hear);
      await writeFile(`${dir}/${name}`, text);
      await heard.promise;
      told.off('told', hear);
    };
    try {
      expect(await answered()).toBe('"first"');
      await write('text.ts', "export const text: string = 'second';", 'replaced');
      expect(await answered()).toBe('"second"');
      await write('text.ts', 'export const text = ;', 'text.ts:1:20');
      expect(await answered()).toBe('"second"');
      await write(
        'text.ts',
        "throw new Error('not at the start'); export const text = '';",
        'not at the start',
      );
      expect(await answered()).toBe('"second"');
      await write('text.ts', "export const text: string = 'third';", 'replaced');
      expect(await answered()).toBe('"third"');
    } finally {
      await watched.stop();
      await bundle.stop();
      await remove();
    }
  });
});
