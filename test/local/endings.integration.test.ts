import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createPart } from '../../local/part.ts';
import { createStackFolder, expectPortsFree, type StackFolder } from '../support/stack-program.ts';
import { until } from '../support/until.ts';

let folder: StackFolder;

beforeAll(async () => {
  folder = await createStackFolder();
});
afterAll(() => folder.remove(), 30_000);

const forceKilled = 'SIGKILL';

describe('everything ends', () => {
  test('by Ctrl-C, which npm forwards a second time', async () => {
    const running = folder.run('start');
    const endpoints = await running.ready();
    running.signalGroup('SIGINT');
    running.child.kill('SIGINT');
    const { code, out, errors } = await running.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(out.match(/stopping…/g)).toHaveLength(1);
    await folder.expectNothingLeft();
    await expectPortsFree(endpoints);
  }, 60_000);

  test('by signals to the group again and again while it ends', async () => {
    const running = folder.run('start');
    const endpoints = await running.ready();
    running.signalGroup('SIGTERM');
    await running.wrote('stopping…');
    for (let n = 0; n < 20 && running.child.exitCode === null; n += 1) {
      running.child.kill(n % 2 === 0 ? 'SIGTERM' : 'SIGINT');
      await sleep(30); // the signals come while it ends, at several of its steps
    }
    // null: the last signal arrived after the orderly stop, when Node had removed its handlers.
    const { code, errors } = await running.ended;
    expect([0, null]).toContain(code);
    expect(errors).toBe('');
    await folder.expectNothingLeft();
    await expectPortsFree(endpoints);
  }, 60_000);

  test.each([50, 200, 400, 700, 1_000, 1_500, 2_500])(
    'by SIGTERM to the group %i ms after the start, ready or not',
    async (ms) => {
      const running = folder.run('start');
      await sleep(ms); // the moment of the signal is what the test varies
      running.signalGroup('SIGTERM');
      const { errors } = await running.ended;
      expect(errors).toBe('');
      await folder.expectNothingLeft();
    },
    60_000,
  );

  test('before the first data folder is made', async () => {
    await folder.run('reset').ended;
    const running = folder.run('start');
    await running.wrote('Starting');
    await until('initdb runs', async () => (await folder.pidsOf('initdb')).length > 0, { everyMs: 10 });
    running.signalGroup('SIGINT');
    expect(await running.ended).toMatchObject({ errors: '' });
    await folder.expectNothingLeft();
  }, 60_000);

  test('after its functions were killed, and while they start again', async () => {
    const running = folder.run('start');
    const endpoints = await running.ready();
    for (const pid of await folder.pidsOf('/functions.ts')) process.kill(pid, forceKilled);
    await running.wrote('API Gateway, Lambda ended unexpectedly');
    running.signalGroup('SIGTERM');
    await running.ended;
    await folder.expectNothingLeft();
    await expectPortsFree(endpoints);
  }, 60_000);

  test('when the reader of its output has closed it', async () => {
    const running = folder.run('start');
    const endpoints = await running.ready();
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
    running.signalGroup('SIGHUP');
    const [code] = await once(running.child, 'exit');
    expect(code).toBe(0);
    await folder.expectNothingLeft();
    await expectPortsFree(endpoints);
  }, 60_000);
});

describe('a PostgreSQL whose stack is gone', () => {
  const said: string[] = [];
  /** The PostgreSQL of the folder, whose parent process was killed. */
  async function orphan() {
    await mkdir(`${folder.dir}/.local`, { recursive: true });
    const part = createPart({
      module: './postgres.ts',
      start: 'startPostgres',
      options: () => ({ dataDir: `${folder.dir}/.local/postgres`, port: 0 }),
      ...{ say: (text) => said.push(text), onEnd: () => {}, onAgain: () => {} },
    });
    const before = new Set(await keepers());
    const { url } = await part.start();
    const pid = Number.parseInt(await readFile(`${folder.dir}/.local/postgres/postmaster.pid`, 'utf8'), 10);
    const client = new Client({ connectionString: url });
    await client.connect();
    client.on('error', () => {});
    const keeper = (await keepers()).find((one) => !before.has(one)); // the run's own PostgreSQL has one too
    if (keeper !== undefined) process.kill(keeper, forceKilled);
    await part.stop();
    return { pid, client };
  }
  const keepers = async () => {
    const all = await readdir('/proc');
    const found = await Promise.all(
      all
        .filter((name) => /^\d+$/.test(name))
        .map(async (name) => {
          const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
          const parent = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
          const isOurs =
            command.includes('startPostgres') && parent.split(') ')[1]?.split(' ')[1] === `${process.pid}`;
          return isOurs && !command.includes('offload-test-') ? [Number(name)] : [];
        }),
    );
    return found.flat();
  };

  beforeEach(() => folder.run('reset').ended);

  test('is ended before `npm run reset` deletes its folder', async () => {
    const { pid } = await orphan();
    expect(await folder.pidsOf('postgres -D')).toEqual([pid]);
    expect(await folder.run('reset').ended).toMatchObject({ code: 0, errors: '' });
    await folder.processes().then((left) => expect(left).toEqual([]));
    expect(await readdir(folder.dir)).toEqual([]);
  }, 60_000);

  test('is ended by the next start', async () => {
    await orphan();
    const running = folder.run('start');
    await running.ready();
    running.signalGroup('SIGINT');
    await running.ended;
    await folder.expectNothingLeft();
  }, 60_000);

  test('is not confused with another program that has its process id by now', async () => {
    await mkdir(`${folder.dir}/.local/postgres`, { recursive: true });
    await writeFile(`${folder.dir}/.local/postgres/postmaster.pid`, `${process.pid}\n`);
    await writeFile(`${folder.dir}/.local/endpoints.json`, JSON.stringify({ pid: process.pid, api: 'x' }));
    expect(await folder.run('reset').ended).toMatchObject({ code: 0, errors: '' });
  });
});
