import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import * as z from 'zod';
import { clientOf, createTestFolder, freePorts } from '../support/stack.ts';

const Endpoints = z.object({ pid: z.int(), api: z.string(), database: z.string() });

let folder: Awaited<ReturnType<typeof createTestFolder>>;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await createTestFolder();
  const ports = await freePorts();
  environment = {
    API_PORT: String(ports.api),
    LAMBDA_PORT: String(ports.lambda),
    DATA_API_PORT: String(ports.dataApi),
    DYNAMODB_PORT: String(ports.dynamoDb),
    SSM_PORT: String(ports.parameters),
    POSTGRES_PORT: String(ports.postgres),
  };
});
afterAll(() => folder.remove());

/** `npm start` in the test's folder. */
function start(overrides: Record<string, string> = {}) {
  const program = new URL('../../local/start.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], {
    cwd: folder.dir,
    env: { ...process.env, NODE_OPTIONS: '', ...environment, ...overrides },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const output = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.errors += text;
  });
  return {
    child,
    /** What it wrote, and its exit code, when it has ended. */
    ended: closed.then(([code]: unknown[]) => ({ code, ...output })),
    async ready() {
      while (!output.out.includes('\nready.')) {
        if (child.exitCode !== null) throw new Error(`it did not start: ${output.errors}`);
        await sleep(50);
      }
      const text = await readFile(`${folder.dir}/.local/endpoints.json`, 'utf8');
      return Endpoints.parse(JSON.parse(text));
    },
  };
}

/** The processes that run in the folder of the test, or were told of it. */
async function processes() {
  const child = spawn('ps', ['-eo', 'pid,args'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return text
    .split('\n')
    .filter((line) => line.includes(folder.dir) || line.includes(`-p ${environment['POSTGRES_PORT']}`));
}

const portsAreFree = () =>
  Promise.all(
    Object.values(environment).map(async (port) => {
      const server = createServer().listen(Number(port), '127.0.0.1');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
    }),
  );

describe('a start that cannot be says why in one sentence, and leaves nothing running', () => {
  const sentence = (errors: string) => {
    expect(errors.trim().split('\n')).toHaveLength(1);
    return errors.trim();
  };

  test.each(['API_PORT', 'LAMBDA_PORT', 'POSTGRES_PORT'])('a busy port (%s)', async (variable) => {
    const server = createServer().listen(Number(environment[variable]), '127.0.0.1');
    await once(server, 'listening');
    const { code, errors } = await start().ended;
    server.close();
    expect(code).toBe(1);
    expect(sentence(errors)).toBe(
      `Port ${environment[variable]} is in use: end what uses it, or set ${variable} to another one.`,
    );
  });

  test.each([
    ['mysql://127.0.0.1/bbs', 'DATABASE_URL is not a postgres:// URL.'],
    ['postgres://127.0.0.1:1/bbs', 'DATABASE_URL (127.0.0.1:1/bbs) cannot be used: '],
    ['postgres://somebody:hunter2@127.0.0.1:1/bbs', 'DATABASE_URL (127.0.0.1:1/bbs) cannot be used: '],
  ])('a DATABASE_URL that is no good (%s), without its password', async (url, beginning) => {
    const { code, errors } = await start({ DATABASE_URL: url }).ended;
    expect(code).toBe(1);
    expect(sentence(errors).startsWith(beginning)).toBe(true);
    expect(errors).not.toContain('hunter2');
  });

  test('a database without topics', async () => {
    const url = process.env['TEST_POSTGRES_URL'] ?? '';
    const { code, errors } = await start({ DATABASE_URL: url }).ended;
    expect(code).toBe(1);
    expect(sentence(errors)).toContain('has no table public.bbs_topic.');
  });

  test('a wrong number for a port', async () => {
    const { errors } = await start({ API_PORT: '70000', SSM_PORT: 'x' }).ended;
    expect(sentence(errors)).toBe('API_PORT is not a port; SSM_PORT is not a port.');
  });
});

describe('a stack of its own', () => {
  let first: Awaited<ReturnType<ReturnType<typeof start>['ready']>>;
  let running: ReturnType<typeof start>;

  beforeAll(async () => {
    running = start();
    first = await running.ready();
  }, 30_000);
  afterAll(() => void running.child.kill('SIGTERM'));

  test('has the 1,000 topics', async () => {
    const { topics } = JSON.parse(await clientOf(first.api).topics());
    expect(topics).toHaveLength(1_000);
  });

  test('is not started twice', async () => {
    const { code, errors } = await start().ended;
    expect(code).toBe(1);
    expect(errors.trim()).toBe(`The service runs already, at ${first.api} (process ${first.pid}).`);
  });

  test('keeps its data, and ends with every process by SIGTERM and by SIGINT', async () => {
    const client = new Client({ connectionString: first.database });
    await client.connect();
    await client.query("UPDATE bbs_topic SET title = 'kept' WHERE id = 1");
    await client.end();
    expect((await clientOf(first.api).refresh()).status).toBe(200);

    await endsBy('SIGTERM');
    running = start();
    await running.ready();
    expect((await clientOf(first.api).topics()).includes('"id":1,"title":"kept"')).toBe(true);
    await endsBy('SIGINT');
  }, 30_000);

  test('that is killed leaves nothing that hinders the next start', async () => {
    running = start();
    await running.ready();
    running.child.kill('SIGKILL');
    await running.ended;
    running = start();
    await running.ready();
    expect((await clientOf(first.api).topics()).includes('"id":1,"title":"kept"')).toBe(true);
    await endsBy('SIGTERM');
  }, 40_000);

  async function endsBy(signal: NodeJS.Signals) {
    const startMs = Date.now();
    running.child.kill(signal);
    const { errors } = await running.ended;
    expect(Date.now() - startMs).toBeLessThan(5_000);
    expect(errors).toBe('');
    expect(await processes()).toEqual([]);
    await portsAreFree();
  }
});
