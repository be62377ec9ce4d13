import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installTrigger, removeTrigger } from '../../database/trigger.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../database/main.ts', import.meta.url));

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await removeTrigger(database.session.client, { table: 'note' });
});
afterAll(() => database.close());

/** Every schema, function, trigger, right and setting of the database. */
async function catalogue() {
  const { rows } = await database.pool.query(`
    SELECT 'schema' AS kind, nspname AS name, nspacl::text AS more FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'function', oid::regprocedure::text, concat(md5(prosrc), proacl, proconfig) FROM pg_proc
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
    UNION ALL SELECT 'table', relname, relacl::text FROM pg_class WHERE relkind = 'r'
    UNION ALL SELECT 'setting', setconfig::text, NULL FROM pg_db_role_setting ORDER BY 1, 2, 3`);
  return rows;
}

const command = (...words: string[]) =>
  run(process.execPath, [main, ...words, '--database-url', database.url], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });

test('one command installs, again and again, and one removes, again and again, and leaves nothing', async () => {
  const before = await catalogue();
  const table = ['--table', 'public.note'];
  const { stdout } = await command('install', ...table, '--function-arn', functionArn);
  expect(stdout).toBe('Changes of public.note are announced.\n');
  const installed = await catalogue();
  await command('install', ...table, '--function-arn', functionArn);
  expect(await catalogue()).toEqual(installed);

  await database.pool.query("INSERT INTO note VALUES (1, 'x')");
  expect(database.lambda.events).toHaveLength(1);

  await command('remove', ...table);
  await command('remove', ...table);
  expect(await catalogue()).toEqual(before);
  await database.pool.query("INSERT INTO note VALUES (2, 'x')");
  expect(database.lambda.events).toHaveLength(1);
});

test('a table that is installed once more with another function calls that one alone', async () => {
  const { client } = database.session;
  await installTrigger(client, { table: 'note', functionArn });
  await installTrigger(client, { table: 'note', functionArn: `${functionArn}-2`, region: 'eu-west-1' });
  const { rows } = await client.query(
    "SELECT pg_get_triggerdef(oid) AS trigger FROM pg_trigger WHERE tgrelid = 'note'::regclass AND NOT tgisinternal",
  );
  expect(rows).toHaveLength(4);
  for (const { trigger } of rows) expect(trigger).toContain(`('${functionArn}-2', 'eu-west-1')`);
});

test('a table keeps its triggers when those of another are removed', async () => {
  await database.pool.query('CREATE TABLE tag (id int)');
  await installTrigger(database.session.client, { table: 'tag', functionArn });
  await removeTrigger(database.session.client, { table: 'note' });
  database.lambda.events.length = 0;
  await database.pool.query('INSERT INTO tag VALUES (1)');
  expect(database.lambda.events).toHaveLength(1);
});

test.each([
  [['install', '--table', 'nothing', '--function-arn', functionArn], 'relation "nothing" does not exist'],
  [['install', '--table', 'note'], '--function-arn arn:'],
  [['remove'], '--table public.bbs_topic'],
])('%j is refused with one sentence, and changes nothing', async (words, sentence) => {
  const before = await catalogue();
  const failure = await command(...words).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
  expect(await catalogue()).toEqual(before);
});

test('without aws_lambda the installation is refused, and says what to do', async () => {
  await database.pool.query('ALTER SCHEMA aws_commons RENAME TO gone');
  const installing = installTrigger(database.session.client, { table: 'note', functionArn });
  await expect(installing).rejects.toMatchObject({
    message: 'The extension aws_lambda is not installed.',
    hint: 'CREATE EXTENSION aws_lambda CASCADE;',
  });
  await database.pool.query('ALTER SCHEMA gone RENAME TO aws_commons');
});

test('an installation waits for a busy table five seconds and no longer, so that writers do not queue behind it', async () => {
  const busy = await database.open();
  await busy.client.query("BEGIN; INSERT INTO note VALUES (3, 'x')");
  const startMs = performance.now();
  const installing = installTrigger(database.session.client, { table: 'note', functionArn });
  await expect(installing).rejects.toThrow('lock timeout');
  expect(performance.now() - startMs).toBeLessThan(7_000);
  await busy.client.end();
}, 10_000);
