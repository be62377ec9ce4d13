import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { installTriggers, removeTriggers } from '../../database/trigger.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

/** A unique name, because all tests share the cluster's roles. */
const [mallory, writer, admin] = ['mallory', 'writer', 'admin'].map((name) => `${name}_${process.pid}`);

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await removeTriggers(database.session.client);
  await run(`CREATE ROLE ${mallory}; CREATE ROLE ${writer}; CREATE ROLE ${admin};
    GRANT CREATE ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${mallory}, ${admin};
    GRANT INSERT, SELECT ON note TO ${writer};
    CREATE TABLE evidence (who text); GRANT ALL ON evidence TO PUBLIC`);
});
afterAll(async () => {
  await run(
    `RESET ROLE; DROP OWNED BY ${mallory}, ${writer}, ${admin} CASCADE; DROP ROLE ${mallory}, ${writer}, ${admin}`,
  );
  await database.close();
});
beforeEach(async () => {
  await run('TRUNCATE evidence');
  database.session.warnings.length = 0;
  database.lambda.events.length = 0;
});
afterEach(() => run('RESET ROLE; DROP SCHEMA IF EXISTS offload CASCADE'));

const run = (sql: string) => database.session.client.query(sql);
const as = async (role: string | undefined, sql: string) => {
  await run(`SET ROLE ${role}`);
  await run(sql).finally(() => run('RESET ROLE'));
};
const install = () => installTriggers(database.session.client, { relations: ['note'], functionArn });

/** A function body that records its caller, to detect a run as superuser. */
const trap = 'LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evidence VALUES (current_user); END $$';
async function expectNothingRan() {
  expect((await run('SELECT * FROM evidence')).rows).toEqual([]);
  const { rows } = await run("SELECT FROM pg_trigger WHERE tgrelid = 'note'::regclass");
  expect(rows).toEqual([]);
}

describe('an installation by a superuser fails without running another role’s code, where that role created', () => {
  test('the schema', async () => {
    await as(mallory, 'CREATE SCHEMA offload');
    await expect(install()).rejects.toMatchObject({
      message: `The schema offload belongs to the role ${mallory}, not to the installing role postgres.`,
      code: '42501',
      hint: expect.stringContaining('DROP SCHEMA offload CASCADE;'),
    });
    await expectNothingRan();
  });

  test('the schema with functions of the same names', async () => {
    await as(
      mallory,
      `CREATE SCHEMA offload;
        CREATE FUNCTION offload.install(regclass, text) RETURNS void ${trap};
        CREATE FUNCTION offload.install(regclass, varchar) RETURNS void ${trap};
        CREATE FUNCTION offload.uninstall(regclass) RETURNS void ${trap}`,
    );
    await expect(install()).rejects.toThrow(`belongs to the role ${mallory}`);
    await expect(removeTriggers(database.session.client, { relations: ['note'] })).rejects.toThrow(
      `belongs to the role ${mallory}`,
    );
    await expectNothingRan();
  });

  test.each([
    ['function', `CREATE FUNCTION offload.install(regclass, varchar) RETURNS void ${trap}`],
    ['relation', 'CREATE TABLE offload.target (one boolean PRIMARY KEY, function_arn text NOT NULL)'],
    ['relation', 'CREATE SEQUENCE offload.not_invoked_in'],
  ])('a %s in a schema of the superuser’s: %s', async (kind, sql) => {
    await run(`CREATE SCHEMA offload; GRANT USAGE, CREATE ON SCHEMA offload TO ${mallory}`);
    await as(mallory, `SET search_path = pg_catalog; ${sql}; RESET search_path`);
    await run(`REVOKE CREATE ON SCHEMA offload FROM ${mallory}`);
    await expect(install()).rejects.toThrow(
      new RegExp(`^The ${kind} offload\\..* belongs to the role ${mallory}`),
    );
    await expectNothingRan();
  });

  test('nothing yet, but may create functions in the schema', async () => {
    await run(`CREATE SCHEMA offload; GRANT CREATE ON SCHEMA offload TO PUBLIC`);
    await expect(install()).rejects.toThrow('Other roles may create functions in the schema offload.');
    await expectNothingRan();
  });

  test('operators in public that the checks would use', async () => {
    await run(`GRANT CREATE ON SCHEMA public TO ${mallory}`);
    await as(
      mallory,
      `CREATE SCHEMA offload;
      CREATE FUNCTION public.ne(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = name, FUNCTION = public.ne)`,
    );
    await run('SET search_path = public, pg_catalog');
    await expect(install()).rejects.toThrow(`belongs to the role ${mallory}`);
    await run('RESET search_path; DROP OPERATOR public.<> (name, name); DROP FUNCTION public.ne');
    await run(`REVOKE CREATE ON SCHEMA public FROM ${mallory}`);
  });

  test.each(['ALTER SCHEMA aws_commons', 'ALTER SCHEMA aws_lambda', 'ALTER FUNCTION aws_lambda._bridge()'])(
    'what is called for the extension: %s',
    async (sql) => {
      await run(`${sql} OWNER TO ${mallory}`);
      await expect(install()).rejects.toMatchObject({
        message: expect.stringContaining(
          `belongs to the role ${mallory}, which is neither the installing role postgres nor a superuser.`,
        ),
        code: '42501',
      });
      await expectNothingRan();
      await run(`${sql} OWNER TO postgres`);
    },
  );
});

test('the schemas of the extension may be those of a role that RDS trusts, without being a superuser', async () => {
  await run(`BEGIN; ALTER SCHEMA aws_commons OWNER TO ${admin}`);
  await run('CREATE ROLE rds_superuser'); // rolled back with the rest
  await run(`GRANT rds_superuser TO ${admin}`);
  await run(await readFile(new URL('../../database/offload.sql', import.meta.url), 'utf8'));
  await expect(run('SELECT offload.check_aws_lambda()')).resolves.toBeDefined();
  await run('ROLLBACK');
});

test('a role without superuser installs, repeatedly, on its own table', async () => {
  await run(`GRANT USAGE ON SCHEMA aws_lambda, aws_commons TO ${admin};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_lambda, aws_commons TO ${admin};
    CREATE TABLE owned (id int); ALTER TABLE owned OWNER TO ${admin}`);
  await run(`SET ROLE ${admin}`);
  const relations = ['owned'];
  await installTriggers(database.session.client, { relations, functionArn });
  await installTriggers(database.session.client, { relations, functionArn });
  await run('INSERT INTO owned VALUES (1)');
  expect(database.lambda.events).toHaveLength(1);
  expect(database.session.warnings).toEqual([]);
  await run(`RESET ROLE; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aws_lambda, aws_commons FROM ${admin}`);
});

describe('an installation', () => {
  beforeEach(install);

  const functions = async () =>
    (
      await run(`SELECT oid::regprocedure::text AS name, prosecdef AS definer, proconfig AS config, proacl::text AS acl
        FROM pg_proc WHERE pronamespace = 'offload'::regnamespace ORDER BY 1`)
    ).rows;

  test('makes SECURITY DEFINER exactly the functions that a writer runs', async () => {
    const definers = (await functions()).filter(({ definer }) => definer).map(({ name }) => name);
    expect(definers).toEqual(['offload.announce(regclass)', 'offload.announce_statement()']);
  });

  test('pins the search_path of every function', async () => {
    for (const { config } of await functions()) expect(config).toContain('search_path=pg_catalog, pg_temp');
  });

  test('revokes all other roles’ rights on its functions and relations', async () => {
    for (const { acl } of await functions()) expect(acl).toBe('{postgres=X/postgres}');
    const { rows } = await run(
      "SELECT relname FROM pg_class WHERE relnamespace = 'offload'::regnamespace AND relacl IS NOT NULL",
    );
    expect(rows).toEqual([]);
  });

  test('keeps the session’s search_path', async () => {
    await run("BEGIN; SET LOCAL search_path = 'public', 'pg_temp'");
    await run(await readFile(new URL('../../database/offload.sql', import.meta.url), 'utf8'));
    expect((await run('SHOW search_path')).rows).toEqual([{ search_path: 'public, pg_temp' }]);
    await run('ROLLBACK');
  });

  test.each([
    "offload.install('note', 'f')",
    "offload.uninstall('note')",
    "offload.announce('note')",
    "offload.send('note'::regclass, 'UPDATE')",
    "offload.invoke('{}', 'Event')",
    "setval('offload.not_invoked_in', 1)",
  ])('lets a writer not call %s, with or without the use of the schema', async (call) => {
    for (const grant of ['', `GRANT USAGE ON SCHEMA offload TO ${writer}`]) {
      await run(grant);
      await run(`SET ROLE ${writer}`);
      await expect(run(`SELECT ${call}`)).rejects.toMatchObject({ code: '42501' });
      await run('RESET ROLE');
    }
  });

  test('lets a role announce that it was granted to, also after another installation', async () => {
    await run(`GRANT USAGE ON SCHEMA offload TO ${writer};
      GRANT EXECUTE ON FUNCTION offload.announce(regclass) TO ${writer}`);
    await install();
    await as(writer, "SELECT offload.announce('note')");
    expect(database.lambda.events).toHaveLength(1);
    await expect(as(writer, 'SELECT * FROM offload.target')).rejects.toMatchObject({ code: '42501' });
  });

  test('ignores a writer’s temporary tables, search_path and operators', async () => {
    await run(`GRANT USAGE, CREATE ON SCHEMA public TO ${writer}`);
    await as(
      writer,
      `CREATE TEMPORARY TABLE pg_class (oid oid, relname text, relnamespace oid);
       CREATE FUNCTION public.current_setting(text, boolean) RETURNS text ${trap};
       SET search_path = pg_temp, public, pg_catalog;
       INSERT INTO note VALUES (77, 'x')`,
    );
    await run('RESET search_path');
    expect(database.lambda.events).toMatchObject([{ schema: 'public', table: 'note', operation: 'INSERT' }]);
    expect((await run('SELECT * FROM evidence')).rows).toEqual([]);
  });
});
