import { get } from '../events.ts';
import { besideEach, type Figure } from '../figure.ts';
import { type Measure, names } from '../measure.ts';
import { installPeers } from '../peers/install.ts';
import { type Process, startFunction, startPeer, startSelect } from '../process.ts';
import { publish } from '../refresh-function.ts';
import { inTurns } from '../turns.ts';

/** The same query to the list function, to Django REST framework with django-filter, and to PostgreSQL with a suitable index. */
const columns = 'SELECT id, title, comment, dt';
const queries = [
  {
    ...{ id: 'record', what: 'One record', path: '/topics/5000/' },
    sql: `${columns} FROM bbs_topic WHERE id = 5000`,
  },
  {
    ...{ id: 'newest', what: 'The newest 20', path: '/topics/?ordering=-dt&limit=20' },
    sql: `${columns} FROM bbs_topic ORDER BY dt DESC, id LIMIT 20`,
  },
  {
    ...{ id: 'word', what: 'A word in the title, the newest 20, with count' },
    path: '/topics/?title__icontains=django&ordering=-dt&limit=20&count=exact',
    sql: `${columns}, count(*) OVER () FROM bbs_topic WHERE title ILIKE '%django%' ORDER BY dt DESC, id LIMIT 20`,
  },
  {
    ...{ id: 'japanese', what: 'The same for a Japanese word' },
    path: '/topics/?title__icontains=%E8%B3%AA%E5%95%8F&ordering=-dt&limit=20&count=exact', // 質問
    sql: `${columns}, count(*) OVER () FROM bbs_topic WHERE title ILIKE '%質問%' ORDER BY dt DESC, id LIMIT 20`,
  },
];

export const measure: Measure = async ({ world, later, now, quick, progress }) => {
  const rows = quick ? 10_000 : 100_000;
  const python = await installPeers();
  const database = await world.database('queries', rows);
  const environment = await world.cached(database);
  await publish(now, environment);
  const figures: Figure[] = [];
  const list = await later(startFunction('list', (await now.bundle('functions/list.ts')).file, environment));
  const rest = await later(startPeer(python, 'rest', database.url));
  const asked = (await answersQueries(list)) ? queries : queries.slice(0, 1);
  for (const { id, what, path, sql } of asked) {
    progress(`${what}, ${rows.toLocaleString('en')} rows`);
    const pg = await later(startSelect([sql], database.url));
    const ofRest = path.replace('/topics/?', '/query/?');
    const subjects = [
      { name: names.now, take: () => list.do({ event: get(path), requests: 200 }, '200') },
      { name: names.rest, take: () => rest.do({ path: ofRest, requests: quick ? 3 : 10 }, '200') },
      { name: names.select, take: () => pg.do({ requests: 50 }, id === 'record' ? '1' : '20') },
    ];
    const samples = await inTurns(subjects, { rounds: quick ? 3 : 7, warmUps: 2 });
    figures.push(
      ...besideEach({ id: `queries.${id}`, what, rows, unit: 'ms' }, samples, { [names.rest]: 0.05 }),
    );
  }
  return figures;
};

/** Whether the build evaluates queries: it refuses a misspelt parameter, which a build without queries ignores. */
const answersQueries = (list: Process) =>
  list.do({ event: get('/topics/?limt=1') }, '400').then(
    () => true,
    () => false,
  );
