import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '../../local/database.ts';
import { localToken } from '../../local/settings.ts';
import { createTopicsDatabase, startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { findPython } from './python.ts';
import { runDjango, startWriter } from './writer.ts';

const found = await findPython();
if ('missing' in found) console.warn(`The Django tests are skipped: ${found.missing}.`);
const python = 'python' in found ? found.python : '';
const title = 'missing' in found ? `Django (skipped: ${found.missing})` : 'Django';

(python === '' ? describe.skip : describe)(title, () => {
  let stack: Awaited<ReturnType<typeof startTestStack>>;
  let writer: ReturnType<typeof startWriter>;
  let env: Record<string, string>;

  beforeAll(async () => {
    const url = await createTopicsDatabase(`django_${process.pid}`);
    stack = await startTestStack(url);
    env = { DATABASE_URL: url, OFFLOAD_URL: `${stack.endpoints.api}/refresh/`, OFFLOAD_TOKEN: localToken };
  }, 60_000);

  afterAll(async () => {
    await writer?.stop();
    await stack?.stop();
  }, 30_000);

  /** Resolves once a transaction of the writer has written, and is still open. */
  const untilHeld = () =>
    withClient(env['DATABASE_URL'] ?? '', (client) =>
      until('a transaction is open', async () => {
        const sql = `SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xid IS NOT NULL`;
        return (await client.query(sql)).rowCount === 1;
      }),
    );

  const manage = (...args: string[]) => runDjango(python, ['manage.py', ...args], env);

  describe('the demo database', () => {
    test('equals the result of a Django project’s migrations: migrate has no work', async () => {
      expect(await manage('migrate')).toMatchObject({
        code: 0,
        output: expect.stringContaining('No migrations to apply.'),
      });
    });

    test('equals the model: makemigrations finds no difference', async () => {
      expect(await manage('makemigrations', '--check', '--dry-run', 'bbs')).toMatchObject({ code: 0 });
    });
  });

  describe('a command', () => {
    test('offload_check finds the settings, the table and the service good', async () => {
      expect(await manage('offload_check')).toEqual({
        code: 0,
        output: expect.stringMatching(
          /^settings: valid\ntable: bbs.Topic is public.bbs_topic in the database 'default'\npublic.bbs_topic: 20[04] .*\n$/,
        ),
      });
    });

    test.each([
      ['a wrong token', { OFFLOAD_TOKEN: 'a-wrong-token-of-16' }, 'answered 401: {"code":"unauthorized"'],
      ['a service that is not there', { OFFLOAD_URL: 'http://127.0.0.1:1/refresh/' }, 'Connection refused'],
      ['a token that is too short', { OFFLOAD_TOKEN: 'short' }, 'offload.E007'],
    ])('offload_check names the fault of %s', async (_, wrong, said) => {
      const { code, output } = await runDjango(python, ['manage.py', 'offload_check'], { ...env, ...wrong });
      expect(code).toBe(1);
      expect(output).toContain(said);
      expect(output).not.toContain('Traceback');
    });

    test('that saves a topic and ends is followed by the list', async () => {
      const program =
        "from bbs.models import Topic; Topic.objects.filter(pk=1).first().save(); t = Topic.objects.get(pk=2); t.title = 'from the shell'; t.save()";
      expect(await manage('shell', '-c', program)).toMatchObject({ code: 0 });
      expect(await stack.topics()).toContain('from the shell');
    });
  });

  describe('after each write the list is the table:', () => {
    beforeAll(async () => {
      const live = { ...env, DJANGO_SETTINGS_MODULE: 'project.live_settings' };
      expect(await runDjango(python, ['manage.py', 'migrate'], live)).toMatchObject({ code: 0 });
      writer = startWriter(python, live);
    });

    /** The whole list, revalidated with `no-cache`. */
    const list = async () => {
      const headers = { 'cache-control': 'no-cache', 'accept-encoding': 'gzip' };
      return (await stack.request('/topics/', { headers })).text();
    };

    const one = { events: 1 };
    const none = { events: 0 };
    test.each<[step: string, { events: number }]>([
      ['create', one],
      ['save', one],
      ['bulk_create', one],
      ['bulk_update', one],
      ['update', one],
      ['raw_sql', one],
      ['delete', one],
      ['delete_many', one],
      ['rollback', none],
      ['savepoint_rollback', one],
      ['only_a_savepoint_rolled_back', none],
      ['cascade_away', one],
      ['ten_thousand', one],
      ['truncate', one],
      ['commit_by_itself', one],
    ])('%s %o', async (step, { events }) => {
      if (step === 'cascade_away') {
        const { topics } = await writer.do('cascade'); // three topics that are deleted with their board
        expect(await list()).toBe(topics);
      }
      const { sent, flushed, topics } = await writer.do(step);
      expect({ sent: sent.length, flushed }).toEqual({ sent: events, flushed: true });
      expect(await list()).toBe(topics);
    });

    test('an open transaction is visible only after its commit', async () => {
      const before = await list();
      const held = writer.do('hold');
      await untilHeld();
      await stack.refresh();
      expect(await list()).toBe(before);
      const { sent, topics } = await held;
      expect(sent).toHaveLength(1);
      expect(topics).toContain('held back');
      expect(await list()).toBe(topics);
    });

    test('200 transactions in five seconds send at most 200 events, and the last one is visible', async () => {
      const { sent, flushed, topics } = await writer.do('small_transactions');
      expect(sent.length).toBeLessThanOrEqual(200);
      expect(flushed).toBe(true);
      expect(await list()).toBe(topics);
    }, 15_000);
  });

  test('the tests of the app itself, on SQLite and on PostgreSQL', async () => {
    const onSqlite = await runDjango(python, ['manage.py', 'test'], { DATABASE_URL: '' });
    expect(onSqlite).toMatchObject({ code: 0, output: expect.stringContaining('\nOK') });
    const onPostgres = await runDjango(python, ['manage.py', 'test'], env);
    expect(onPostgres).toMatchObject({ code: 0, output: expect.stringContaining('\nOK') });
  }, 60_000);

  test('no part of the service ended during these tests', () => {
    expect(stack.broken).toEqual([]);
  });
});
