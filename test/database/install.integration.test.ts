import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installTriggers, removeTriggers } from '../../database/trigger.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../database/main.ts', import.meta.url));

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await database.pool.query('CREATE TABLE tag (id int)');
  await removeTriggers(database.session.client);
});
afterAll(() => database.close());

/** Every schema, function, trigger, privilege and setting of the database. */
async function catalogue() {
  const { rows } = await database.pool.query(`
    SELECT 'schema' AS kind, nspname AS name, nspacl::text AS more FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'function', oid::regprocedure::text, concat(md5(prosrc), proacl, proconfig) FROM pg_proc
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
    UNION ALL SELECT 'relation', oid::regclass::text, relacl::text FROM pg_class WHERE relkind IN ('r', 'S')
    UNION ALL SELECT 'setting', setconfig::text, NULL FROM pg_db_role_setting ORDER BY 1, 2, 3`);
  return rows;
}

const command = (...words: string[]) =>
  run(process.execPath, [main, ...words, '--database-url', database.url], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });

test('install and remove are idempotent, and remove leaves no object', async () => {
  const before = await catalogue();
  const install = ['install', '--table', 'public.note', '--table', 'tag', '--function-arn', functionArn];
  expect((await command(...install)).stdout).toBe('Installed the trigger on public.note, tag.\n');
  const installed = await catalogue();
  await command(...install);
  expect(await catalogue()).toEqual(installed);

  await database.pool.query("INSERT INTO note VALUES (1, 'x'); INSERT INTO tag VALUES (1)");
  expect(database.lambda.events).toHaveLength(2);

  await command('remove', '--table', 'tag');
  await database.pool.query("INSERT INTO note VALUES (2, 'x'); INSERT INTO tag VALUES (2)");
  expect(database.lambda.events).toHaveLength(3);

  await command('remove');
  await command('remove');
  await command('remove', '--table', 'note');
  expect(await catalogue()).toEqual(before);
  await database.pool.query("INSERT INTO note VALUES (3, 'x')");
  expect(database.lambda.events).toHaveLength(3);
});

test('a later installation with another function makes every table call that function', async () => {
  const { client } = database.session;
  const called: unknown[] = [];
  await installTriggers(client, { relations: ['note', 'tag'], functionArn });
  const other = functionArn.replace('us-east-1', 'eu-west-1');
  await installTriggers(client, { relations: ['tag'], functionArn: `${other}-2` });
  const { rows: restore } = await client.query(
    "SELECT pg_get_functiondef('aws_commons.create_lambda_function_arn'::regproc) AS sql",
  );
  await client.query(`CREATE OR REPLACE FUNCTION aws_commons.create_lambda_function_arn(function_name text, region text DEFAULT NULL)
    RETURNS aws_commons._lambda_function_arn_1 LANGUAGE plpgsql AS $$ BEGIN
      RAISE NOTICE 'called % in %', function_name, region; RETURN (function_name, region);
    END $$`);
  client.on('notice', ({ message }) => called.push(message));
  await client.query("INSERT INTO note VALUES (10, 'x')");
  expect(called).toEqual([`called ${other}-2 in eu-west-1`]);
  await client.query(String(restore[0]?.sql));
});

test('a table keeps its triggers when those of another are removed', async () => {
  const { client } = database.session;
  await installTriggers(client, { relations: ['note', 'tag'], functionArn });
  await removeTriggers(client, { relations: ['note'] });
  database.lambda.events.length = 0;
  await database.pool.query('INSERT INTO tag VALUES (1)');
  expect(database.lambda.events).toHaveLength(1);
});

test('a view is reported with advice to announce its tables; the other tables are installed', async () => {
  const { client, warnings } = database.session;
  await client.query(
    'CREATE VIEW note_view AS SELECT * FROM note; CREATE MATERIALIZED VIEW note_copy AS SELECT * FROM note',
  );
  warnings.length = 0;
  await installTriggers(client, { relations: ['note_view', 'note_copy', 'note'], functionArn });
  expect(warnings).toEqual([
    'offload: public.note_view is a view, which cannot have these triggers.',
    'offload: public.note_copy is a view, which cannot have these triggers.',
  ]);
  const { rows } = await client.query(
    "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgfoid = 'offload.announce_statement'::regproc",
  );
  expect(rows.map(({ name }) => name).toSorted()).toEqual(['note', 'tag']);
  await client.query('DROP VIEW note_view; DROP MATERIALIZED VIEW note_copy');
});

test.each([
  [['install', '--table', 'nothing', '--function-arn', functionArn], 'relation "nothing" does not exist'],
  [['install', '--table', 'note', '--table', 'nothing', '--function-arn', functionArn], 'relation "nothing"'],
  [
    ['install', '--table', 'note', '--function-arn', 'offload-prod-refresh'],
    'is not the ARN of a Lambda function',
  ],
  [['install', '--table', 'note'], '--function-arn arn:'],
  // Without --table: the tables in tables/, which this database lacks.
  [['install', '--function-arn', functionArn], 'does not exist'],
  [['uninstall'], '--table public.bbs_topic'],
])('%j is refused with one sentence, and changes nothing', async (words, sentence) => {
  const before = await catalogue();
  const failure = await command(...words).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
  expect(await catalogue()).toEqual(before);
});

test('without aws_lambda the installation fails with a sentence that says what to do', async () => {
  await database.pool.query('ALTER SCHEMA aws_commons RENAME TO gone');
  const installing = installTriggers(database.session.client, { relations: ['note'], functionArn });
  await expect(installing).rejects.toMatchObject({
    message: 'The extension aws_lambda is not installed.',
    hint: 'CREATE EXTENSION aws_lambda CASCADE;',
  });
  await database.pool.query('ALTER SCHEMA gone RENAME TO aws_commons');
});

test('an installation waits for a busy table five seconds and no longer, so that writers do not queue behind it', async () => {
  const busy = await database.open();
  await busy.client.query("BEGIN; INSERT INTO note VALUES (30, 'x')");
  const startMs = performance.now();
  const installing = installTriggers(database.session.client, { relations: ['note'], functionArn });
  await expect(installing).rejects.toThrow('lock timeout');
  expect(performance.now() - startMs).toBeLessThan(20_000);
  await busy.client.end();
}, 30_000);
