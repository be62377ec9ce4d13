import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import * as z from 'zod';
import { withClient } from '../../local/database.ts';
import { portVariables } from '../../local/settings.ts';
import { clientOf, createTopicsDatabase } from '../support/stack.ts';
import {
  createStackFolder,
  expectPortsFree,
  type RunningEndpoints,
  type RunningProgram,
  type StackFolder,
} from '../support/stack-program.ts';
import { writeTables } from '../support/write-tables.ts';

let folder: StackFolder;

beforeAll(async () => {
  folder = await createStackFolder();
});
afterAll(() => folder.remove(), 30_000);

describe('a failed start prints its reason in one sentence, and leaves no process', () => {
  const sentence = (errors: string) => {
    expect(errors.trim().split('\n')).toHaveLength(1);
    return errors.trim();
  };

  test.each(Object.values(portVariables))(
    'a busy port (%s)',
    async (variable) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = z.object({ port: z.int() }).parse(server.address());
      const { code, errors } = await folder.run('start', { [variable]: String(port) }).ended;
      server.close();
      expect(code).toBe(1);
      expect(sentence(errors)).toBe(
        `Port ${port} is in use: stop the program that uses it, or set ${variable} to another port.`,
      );
      await folder.expectNothingLeft();
    },
    90_000,
  );

  test.each([
    ['mysql://127.0.0.1/bbs', 'DATABASE_URL is not a postgres:// URL.'],
    ['postgres://127.0.0.1:1/bbs', 'Cannot connect to DATABASE_URL (127.0.0.1:1/bbs): '],
    ['postgres://somebody:hunter2@127.0.0.1:1/bbs', 'Cannot connect to DATABASE_URL (127.0.0.1:1/bbs): '],
  ])('a DATABASE_URL that is no good (%s), without its password', async (url, beginning) => {
    const { code, errors } = await folder.run('start', { DATABASE_URL: url }).ended;
    expect(code).toBe(1);
    expect(sentence(errors).startsWith(beginning)).toBe(true);
    expect(errors).not.toContain('hunter2');
  });

  test('a database that has none of the tables', async () => {
    const url = process.env['TEST_POSTGRES_URL'] ?? '';
    const { code, errors } = await folder.run('start', { DATABASE_URL: url }).ended;
    expect(code).toBe(1);
    expect(sentence(errors)).toBe('public.bbs_topic, this table or view does not exist in the database');
    await folder.expectNothingLeft();
  });

  test('a database whose role may not read the table', async () => {
    const url = new URL(await createTopicsDatabase('start_no_right'));
    await withClient(url.href, (client) =>
      client.query("DROP ROLE IF EXISTS start_no_right; CREATE ROLE start_no_right LOGIN PASSWORD 'x'"),
    );
    url.username = 'start_no_right';
    const { code, errors } = await folder.run('start', { DATABASE_URL: url.href }).ended;
    expect(code).toBe(1);
    expect(sentence(errors)).toContain('may not read public.bbs_topic: grant it');
  });

  test('a wrong number for a port', async () => {
    const { errors } = await folder.run('start', { API_PORT: '70000', SSM_PORT: 'x' }).ended;
    expect(sentence(errors)).toBe('API_PORT is not a port: "70000"; SSM_PORT is not a port: "x".');
  });

  test.each([
    ['an unknown option', ["{ wher: 'true' }"], 'Table "topics": unknown option "wher": the options are '],
    ['a reserved name', ["{ name: 'refresh' }"], 'Table "refresh": '],
    ['a key that is not a column', ["{ key: 'uid' }"], 'Table "topics": the key "uid" is not '],
    ['two tables of one name', ['{}', '{}'], 'Table "topics": two tables of the index have this name'],
    ['a time zone that does not exist', ["{ timeZone: 'Asia/Tokio' }"], 'Table "topics": timeZone is '],
  ])('tables with %s', async (_, options, beginning) => {
    const TABLES = await writeTables(folder.dir, options);
    const { code, out, errors } = await folder.run('start', { TABLES }).ended;
    expect(code).toBe(1);
    expect(sentence(errors)).toContain(beginning);
    expect(out).not.toContain('http');
    await folder.expectNothingLeft();
  });

  test('an index that does not compile', async () => {
    const TABLES = `${folder.dir}/broken.ts`;
    await writeFile(TABLES, 'export const tables = [');
    const { code, errors } = await folder.run('start', { TABLES }).ended;
    expect(code).toBe(1);
    expect(sentence(errors)).toMatch(/broken\.ts cannot be loaded: /);
  });
});

describe('a second stack', () => {
  let endpoints: RunningEndpoints;
  let running: RunningProgram;

  beforeAll(async () => {
    running = folder.run('start');
    endpoints = await running.ready();
  }, 60_000);

  test('prints commands to try: the lists, and a change of the first table', () => {
    expect(running.output.out).toContain(`\n  curl ${endpoints.api}/topics/\n`);
    expect(running.output.out).toContain(
      `"UPDATE bbs_topic SET title = 'changed' WHERE id = 1"   # and curl again\n`,
    );
  });

  test('has the 1,000 topics', async () => {
    const { topics } = JSON.parse(await clientOf(endpoints.api).topics());
    expect(topics).toHaveLength(1_000);
  });

  test.each(['start', 'reset'] as const)(
    'keeps its folder when another `npm run %s` wants it',
    async (name) => {
      const { code, errors } = await folder.run(name).ended;
      expect(code).toBe(1);
      expect(errors.trim()).toBe(
        `The local stack is already running at ${endpoints.api} (process ${endpoints.pid}): stop it first.`,
      );
      expect((await clientOf(endpoints.api).request('/topics/')).status).toBe(200);
    },
  );

  test('keeps its data over an end and a start', async () => {
    const client = new Client({ connectionString: endpoints.database });
    await client.connect();
    await client.query("UPDATE bbs_topic SET title = 'kept' WHERE id = 1");
    await client.end();
    expect((await clientOf(endpoints.api).refresh()).status).toBe(200);

    const startMs = Date.now();
    running.child.kill('SIGTERM');
    const { code, errors } = await running.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(Date.now() - startMs).toBeLessThan(25_000);
    await folder.expectNothingLeft();
    await expectPortsFree(endpoints);

    running = folder.run('start');
    endpoints = await running.ready();
    expect((await clientOf(endpoints.api).topics()).includes('"id":1,"title":"kept"')).toBe(true);
  }, 60_000);

  test('that is killed takes its parts with it, and hinders no reset', async () => {
    running.child.kill('SIGKILL');
    await running.ended; // its parts hold its output open
    expect((await folder.processes()).map(({ command }) => command)).toEqual([]);
    await expectPortsFree(endpoints);
    const { code, out } = await folder.run('reset').ended;
    expect({ code, out }).toEqual({ code: 0, out: 'Deleted .local. npm start creates it again.\n' });
  });
});
