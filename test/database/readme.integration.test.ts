import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installTriggers } from '../../database/trigger.ts';
import { type AnnouncingDatabase, functionArn, startAnnouncingDatabase } from './announcing.ts';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(new URL('../../database/README.md', import.meta.url), 'utf8');

/** The blocks of a language, without their indentation. */
const blocks = (language: string) =>
  [...readme.matchAll(/^( *)```(\w+)\n([\s\S]*?)\n *```$/gm)]
    .filter(([, , name]) => name === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

/** Excludes what needs AWS: the extension and the AWS CLI. */
const statements = blocks('sql').filter((text) => !text.includes('CREATE EXTENSION'));
const commands = blocks('sh').filter((text) => !text.startsWith('aws '));

let database: AnnouncingDatabase;
beforeAll(async () => {
  database = await startAnnouncingDatabase();
  await database.pool.query(`
    CREATE TABLE bbs_topic (id bigint PRIMARY KEY);
    CREATE MATERIALIZED VIEW my_view AS SELECT * FROM bbs_topic;
    CREATE TABLE part (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE part_9 PARTITION OF part FOR VALUES FROM (900) TO (910)`);
});
afterAll(() => database.close());
beforeEach(async () => {
  await installTriggers(database.session.client, { relations: ['bbs_topic', 'part'], functionArn });
  database.lambda.events.length = 0;
});

test.each(statements)('the README’s SQL runs: %s', async (text) => {
  const role = `readme_${process.pid}`;
  await database.pool.query(`CREATE ROLE ${role}`);
  try {
    await database.session.client.query(text.replaceAll('my_role', role));
  } finally {
    await database.pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
  expect(database.lambda.events).toHaveLength(text.includes("offload.announce('") ? 1 : 0);
});

test('the README has SQL, and commands for npm and psql', () => {
  expect(statements.length).toBeGreaterThan(5);
  expect(commands.map((text) => text.split(' ')[0])).toEqual(['npm', 'psql', 'npm']);
});

const hasPsql = spawnSync('psql', ['--version']).status === 0;
test.each(commands.filter((text) => hasPsql || !text.startsWith('psql')))(
  'the README’s command runs: %s',
  async (text) => {
    const command = text.replace('postgres://…', database.url).replace('<RefreshFunctionArn>', functionArn);
    const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: database.url };
    await run('bash', ['-c', command], { cwd: project, env });
    await database.pool.query(`INSERT INTO bbs_topic SELECT coalesce(max(id), 0) + 1 FROM bbs_topic`);
    expect(database.lambda.events).toHaveLength(text.includes('remove') ? 0 : 1);
  },
  30_000,
);
