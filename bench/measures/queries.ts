import { join } from 'node:path';
import { projectDir } from '../build.ts';
import { get } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { startFunction, startPeer, startSubject, withAll } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

/** The same question to the list function, to Django REST framework with django-filter, and to PostgreSQL with a fitting index. */
const queries = [
  {
    id: 'record',
    what: 'One record',
    path: (rows: number) => `/topics/${rows / 2}/`,
    sql: (rows: number) => `SELECT id, title, comment, dt FROM bbs_topic WHERE id = ${rows / 2}`,
  },
  {
    id: 'newest',
    what: 'The newest 20',
    path: () => '/topics/?ordering=-dt&limit=20',
    sql: () => 'SELECT id, title, comment, dt FROM bbs_topic ORDER BY dt DESC, id LIMIT 20',
  },
  {
    id: 'word',
    what: 'A word in the title, newest 20, with count',
    path: () => '/topics/?title__icontains=django&ordering=-dt&limit=20&count=exact',
    sql: () =>
      "SELECT id, title, comment, dt, count(*) OVER () FROM bbs_topic WHERE title ILIKE '%django%' ORDER BY dt DESC, id LIMIT 20",
  },
] as const;

export const measure: Measure = async ({ world, now, quick, progress }) => {
  const rows = quick ? 10_000 : 100_000;
  const python = await installPeers();
  const database = await world.database('queries', rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const figures: Figure[] = [];
  await withAll(async (later) => {
    const list = await later(
      startFunction('list', (await now.bundle('functions/list.ts')).file, environment),
    );
    const rest = await later(startPeer(python, 'rest', database.url));
    for (const { id, what, path, sql } of queries) {
      // A build without queries ignores their parameters, and says 200 to a misspelt one.
      if (id !== 'record' && !(await refusesUnknown(list))) {
        progress(`${what}: this build answers no queries, left out`);
        continue;
      }
      progress(`${what}, ${rows.toLocaleString('en')} rows`);
      const process_ = join(projectDir, 'bench/processes/query.ts');
      const pg = await later(
        startSubject('pg', [process.execPath, process_, sql(rows)], { DATABASE_URL: database.url }),
      );
      const subjects = [
        { name: names.now, do: () => list.do({ event: get(path(rows)), requests: 200 }, '200') },
        {
          name: names.rest,
          do: () =>
            rest.do({ path: path(rows).replace('/topics/?', '/query/?'), requests: quick ? 3 : 10 }, '200'),
        },
        { name: names.select, do: () => pg.do({ requests: 50 }, 'answered') },
      ];
      await inTurns(2, subjects, (subject) => subject.do());
      const taken = await inTurns(quick ? 3 : 7, subjects, async (subject) => (await subject.do()).times);
      const samples = new Map([...taken].map(([{ name }, times]) => [name, times.flat()]));
      figures.push(
        ...besideEach({ id: `queries.${id}`, what, rows, unit: 'ms' }, samples, { [names.rest]: 0.05 }),
      );
    }
  });
  return figures;
};

const refusesUnknown = (list: Awaited<ReturnType<typeof startFunction>>) =>
  list.do({ event: get('/topics/?limt=1') }, '400').then(
    () => true,
    () => false,
  );
