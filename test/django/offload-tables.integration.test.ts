/** `manage.py offload_tables` and `npm run tables`, with the same database. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Dataset } from '../../lib/tables/define-table.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { extensionsSql } from '../tables/column-cases.ts';
import { readRecords } from '../tables/read-records.ts';
import { findPython } from './python.ts';
import { runDjango } from './writer.ts';

jest.setTimeout(240_000); // the first run may install Debian's packages

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = await findPython();
if ('missing' in python) console.warn(`The Django app's generator was not tried: ${python.missing}.`);
const describeWithPython = 'python' in python ? describe : describe.skip;

let database: TestDatabase;
/** Inside the repository, so that the files' imports and Biome's settings resolve. */
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'tables-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const program = (file: string, ...args: string[]) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, [join(root, file), ...args], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
const npmTables = (...args: string[]) =>
  program('scripts/tables/main.ts', '--database-url', database.url, '--output', folder, ...args);

const manage = (env: Record<string, string>, ...args: string[]) =>
  runDjango('python' in python ? python.python : '', ['manage.py', ...args], {
    DJANGO_SETTINGS_MODULE: 'project.shop_settings',
    DATABASE_URL: database.url,
    ...env,
  });
const offloadTables = (...args: string[]) => manage({}, 'offload_tables', '--output', folder, ...args);

const read = (name: string) => readFile(join(folder, name), 'utf8');
const edit = async (name: string, from: string, to: string) => {
  const text = await read(name);
  expect(text).toContain(from);
  await writeFile(join(folder, name), text.replace(from, to));
};
/** The findings of `npm run check` in the folder. */
const check = () =>
  program(
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--error-on-warnings',
    '--vcs-use-ignore-file=false',
    folder,
  );
const load = async (): Promise<{ tables: Dataset }> => import(join(folder, 'index.ts'));

describe('npm run tables', () => {
  beforeAll(async () => {
    await database.pool.query(`${extensionsSql}
      CREATE TYPE mood AS ENUM ('happy');
      CREATE TABLE note (
        id bigint PRIMARY KEY, title ext.citext NOT NULL, attrs ext.hstore, "Mood" mood, moods mood[],
        release_year year NOT NULL, contact email_dom NOT NULL, years year[], twice year_again, listed list_dom,
        at timestamptz NOT NULL, days datemultirange
      );
      COMMENT ON COLUMN note.title IS 'what it''s called';
      INSERT INTO note VALUES (1, 'A', 'a=>b', 'happy', '{happy}', 2006, 'a@b', '{2006}', 2007, '{1}',
        '2024-01-01 00:00+00', '{[2024-01-01,2024-01-03)}');
      CREATE TABLE author (id uuid PRIMARY KEY, name text NOT NULL);
      CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
      CREATE TABLE payment (id int PRIMARY KEY, amount money);
      CREATE TABLE ratio (id float8 PRIMARY KEY);
      CREATE VIEW inner_view AS SELECT id, title::text AS title FROM note;
      CREATE MATERIALIZED VIEW kept AS SELECT id, title::text AS title FROM note;
      CREATE VIEW joined AS SELECT inner_view.id, title, author.name FROM inner_view, author`);
  });

  test('writes columns that read the table: domains by their base, extensions’ types in any schema', async () => {
    expect(await npmTables('--table', 'notes=public.note')).toMatchObject({ code: 0 });
    expect(await read('notes.ts')).toContain(`const generated = {
  relation: 'public.note',
  key: 'id',
  columns: {
    id: column.integer(),
    title: column.text({ help: "what it's called" }),
    attrs: column.hstore({ nullable: true }),
    Mood: column.other({ nullable: true }),
    moods: column.array(column.other(), { nullable: true }),
    release_year: column.integer(),
    contact: column.text({ maxLength: 254 }),
    years: column.array(column.integer(), { nullable: true }),
    twice: column.integer({ nullable: true }),
    listed: column.array(column.integer(), { nullable: true }),
    at: column.timestamptz(),
    days: column.multirange(column.date(), { nullable: true }),
  },
};
`);
    expect(await check()).toMatchObject({ code: 0 });
    const { tables } = await load();
    expect(await readRecords(database.pool, tables[0])).toEqual([
      '{"id":1,"title":"A","attrs":{"a":"b"},"Mood":"happy","moods":["happy"],"release_year":2006,"contact":"a@b","years":[2006],"twice":2007,"listed":[1],"at":"2024-01-01T00:00:00+00:00","days":[{"lower":"2024-01-01","upper":"2024-01-03","bounds":"[)"}]}',
    ]);
  });

  test('a view names the tables that it reads, and its key is given', async () => {
    expect(await npmTables('--table', 'joined=public.joined')).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'public.joined has no primary key: name a unique column, as in --table',
      ),
    });
    expect(await npmTables('--table', 'joined=public.joined:id')).toMatchObject({ code: 0 });
    expect(await read('joined.ts')).toContain(`  key: 'id',
  changedBy: ['public.author', 'public.note'],
  columns: {
    id: column.integer(),
    title: column.text({ nullable: true }),`);
    await npmTables('--table', 'kept=public.kept:id'); // changes when it is refreshed, whatever its tables do
    expect(await read('kept.ts')).not.toContain('changedBy');
  });

  test('times of a project without USE_TZ are in its TIME_ZONE', async () => {
    await npmTables('--table', 'notes=public.note', '--time-zone', 'Asia/Tokyo');
    const text = await read('notes.ts');
    expect(text).toContain("  timeZone: 'Asia/Tokyo',\n  columns: {");
    expect(text).toContain('at: column.localTimestamptz()');
    expect(text).not.toContain('column.timestamptz');
  });

  test('a second run changes no file; edits outside the block stay', async () => {
    const run = (...more: string[]) =>
      npmTables('--table', 'notes=public.note', '--table', 'class=public.author', ...more);
    await run();
    const nothing = { code: 0, output: 'Nothing to write: the files match the tables.\n' };
    expect(await run()).toEqual(nothing);
    expect(await run('--check')).toEqual(nothing);
    expect(await read('index.ts')).toContain('defineDataset([notes, classTable])');

    await edit('notes.ts', '  ...generated,\n', "  ...generated,\n  where: 'id > 0',\n");
    await edit('index.ts', '[notes, classTable]', '[classTable, notes]');
    await edit('index.ts', '/** The', '// our own\n\n/** The');
    expect(await run('--check')).toEqual(nothing);
    await edit('notes.ts', '    at: column.timestamptz(),\n', '');
    expect(await run('--check')).toMatchObject({
      code: 1,
      output: `${join(folder, 'notes.ts')} differs:\n+     at: column.timestamptz(),\n`,
    });
    await run();
    expect(await read('notes.ts')).toContain("where: 'id > 0',");
    expect(await run('--check')).toEqual(nothing);

    await rm(join(folder, 'class.ts'));
    expect(await run('--check')).toMatchObject({
      code: 1,
      output: expect.stringContaining('class.ts is missing.'),
    });
    await npmTables('--table', 'notes=public.note'); // of two that are listed, one is gone
    expect(await read('index.ts')).toMatch(/defineDataset\(\[notes\]\)/);
    expect(await check()).toMatchObject({ code: 0 });
  });

  test('a file without the marks and an index without the list stay unchanged', async () => {
    for (const [name, sentence] of [
      ['author.ts', 'author.ts has no block between "// <generated> from the model or the table'],
      ['index.ts', 'index.ts has no list like defineDataset([topics]): remove the file, or add the list.'],
    ] as const) {
      await writeFile(join(folder, name), '// by hand\n');
      const { code, output } = await npmTables('--table', 'author=public.author');
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) });
      expect(await read(name)).toBe('// by hand\n');
      await rm(join(folder, name));
    }
  });

  test.each([
    ['notes=public.nothing', 'There is no table or view public.nothing in this database.'],
    ['notes=note', '--table must look like articles=public.shop_article'],
    ['refresh=public.note', 'with a list name that is not a path of the service, got "refresh=public.note"'],
    ['pairs=public.pair', 'public.pair has the primary key (a, b), but a key must be one column'],
    ['ratios=public.ratio', 'The key id of public.ratio has the type double precision'],
    ['notes=public.note:missing', 'public.note has no column missing'],
    ['payments=public.payment', 'public.payment.amount is of the type money, which has no column function'],
  ])(
    'an unservable table is reported in one sentence, without writing a file: %s',
    async (table, sentence) => {
      const { code, output } = await npmTables('--table', 'author=public.author', '--table', table);
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) });
      expect(output.trim().split('\n')).toHaveLength(1);
      await expect(read('author.ts')).rejects.toThrow('ENOENT');
    },
  );
});

describeWithPython('manage.py offload_tables', () => {
  beforeAll(async () => {
    await database.pool.query(`CREATE SCHEMA app; CREATE SCHEMA IF NOT EXISTS ext;
      CREATE EXTENSION IF NOT EXISTS hstore SCHEMA ext; CREATE EXTENSION IF NOT EXISTS citext SCHEMA ext;
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, ext', current_database()); END $$`);
    for (const more of [[], ['--run-syncdb']]) {
      const { code, output } = await manage({}, 'migrate', ...more);
      if (code !== 0) throw new Error(output);
    }
  });

  test('writes the models of the settings where no model is given', async () => {
    expect(await offloadTables()).toMatchObject({ code: 0 });
    expect(await read('index.ts')).toContain('defineDataset([categories, articles])');
    const { tables } = await load();
    await database.pool.query(
      `INSERT INTO shop_category VALUES ('0a1b2c3d-4e5f-6789-abcd-ef0123456789', 'one', NULL)`,
    );
    expect(await readRecords(database.pool, tables[0])).toEqual([
      '{"id":"0a1b2c3d-4e5f-6789-abcd-ef0123456789","name":"one","parent_id":null}',
    ]);
    expect(await read('articles.ts')).toContain(`  columns: {
    id: column.integer(),
    title: column.text({ maxLength: 200 }),
    body: column.text(),
    author_id: column.integer(),
    category_id: column.uuid(),
    main_tag_id: column.text({ column: 'MainTag', nullable: true, maxLength: 50 }),
    price: column.numeric(),`);
  });

  test('writes every field of Django, help and choices, as the repository is formatted, and it can be read', async () => {
    const { output } = await offloadTables('shop.Documented', 'every-field=shop.EveryField', 'shop.Sale');
    expect(output).toContain('every-field.ts: written');
    expect(await check()).toMatchObject({ code: 0 });
    const { tables } = await load();
    expect(tables.map(({ name, relation }) => [name, relation])).toEqual([
      ['documenteds', 'app.Documented'],
      ['every-field', 'public.shop_everyfield'],
      ['sales', 'public.shop_sale'],
    ]);
    for (const table of tables) expect(await readRecords(database.pool, table)).toEqual([]);
    expect(tables[0].columns.find(({ name }) => name === 'status')).toMatchObject({
      help: "Who has read it: 'd' is nobody",
      choices: [
        ['d', 'Draft'],
        ['p', 'The editor\'s "choice"'],
      ],
    });
    expect(await read('sales.ts')).toContain('Its other fields are in the table of shop.Article.');
  });

  test('and npm run tables writes the same of the same tables', async () => {
    const text = async () => {
      const texts = await Promise.all(['categories.ts', 'tags.ts', 'every-field.ts', 'index.ts'].map(read));
      return texts.map((one) => one.replace(/^\/\*\* .*\n/m, ''));
    };
    await offloadTables('shop.Category', 'shop.Tag', 'every-field=shop.EveryField');
    const written = await text();
    const tables = [
      'categories=public.shop_category',
      'tags=public.shop_tag',
      'every-field=public.shop_everyfield',
    ];
    const args = tables.flatMap((table) => ['--table', table]);
    expect(await npmTables(...args, '--check')).toMatchObject({ code: 0 });
    await Promise.all(
      ['categories.ts', 'tags.ts', 'every-field.ts', 'index.ts'].map((name) => rm(join(folder, name))),
    );
    await npmTables(...args);
    expect(await text()).toEqual(written);
  });

  test('a second run changes no file; edits outside the block stay', async () => {
    await offloadTables();
    const nothing = { code: 0, output: 'Nothing to write: the files match the models.\n' };
    expect(await offloadTables()).toEqual(nothing);
    await edit('articles.ts', '  ...generated,\n', "  ...generated,\n  where: 'is_public',\n");
    expect(await offloadTables('--check')).toEqual(nothing);
    await edit('articles.ts', '    body: column.text(),\n', '    body: column.jsonb(),\n');
    const { code, output } = await offloadTables('--check');
    expect(code).toBe(1);
    expect(output).toContain(
      'articles.ts differs:\n-     body: column.jsonb(),\n+     body: column.text(),\n',
    );
    await offloadTables();
    expect(await read('articles.ts')).toContain("where: 'is_public',");
    expect(await offloadTables('--check')).toEqual(nothing);
  });

  test('times of a project without USE_TZ are in its TIME_ZONE', async () => {
    const env = { USE_TZ: '0', TIME_ZONE: 'Asia/Tokyo' };
    await manage(env, 'offload_tables', '--output', folder, 'shop.EveryField', 'shop.Category');
    const text = await read('every-fields.ts');
    expect(text).toContain("  timeZone: 'Asia/Tokyo',\n  columns: {");
    expect(text).toContain('date_time: column.localTimestamptz(),');
    expect(text).toContain('times: column.array(column.localTimestamptz()),');
    expect(text).toContain('date_time_range: column.range(column.localTimestamptz(), { nullable: true }),');
    expect(text).not.toContain('column.timestamptz');
    expect(await read('categories.ts')).not.toContain('timeZone');
  });

  test('a file without the marks and an index without the list stay unchanged', async () => {
    for (const [name, sentence] of [
      ['tags.ts', 'tags.ts has no block between "// <generated> from the model or the table'],
      ['index.ts', 'index.ts has no list like defineDataset([topics]): remove the file, or add the list.'],
    ] as const) {
      await writeFile(join(folder, name), '// by hand\n');
      const { code, output } = await offloadTables('shop.Tag');
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) });
      expect(await read(name)).toBe('// by hand\n');
      await rm(join(folder, name));
    }
  });

  test.each([
    ['shop.Place', 'shop.Place.at is a PointField of the type point, which has no column function'],
    [
      'shop.Rate',
      'shop.Rate.value is a key of kind float, but a key must be integer, uuid or text: serve a view.',
    ],
    ['shop.Nothing', 'shop.Nothing is not a model'],
    ['refresh=shop.Tag', '"refresh" cannot be the name of a list'],
    ['My=shop.Tag', '"My" cannot be the name of a list: use lower-case letters'],
    ['categories=shop.Tag', 'Two models have the list name categories'],
  ])(
    'an unservable table is reported in one sentence, without writing a file: %s',
    async (model, sentence) => {
      const { code, output } = await offloadTables('shop.Category', model);
      expect({ code, output }).toEqual({
        code: 1,
        output: expect.stringContaining(`CommandError: ${sentence}`),
      });
      await expect(read('categories.ts')).rejects.toThrow('ENOENT');
    },
  );
});
