import { expect, test } from '@jest/globals';
import {
  createFakeServer,
  type FakeRequest,
  type Generation,
  matching,
} from '../../client/conformance/fake-server.ts';
import { createPage, isGeneration } from '../../client/conformance/scene.ts';
import { createVirtualTime } from '../../client/conformance/virtual-time.ts';
import { liveTable } from '../../client/live-table.ts';
import { catchUp } from './catch-up.ts';
import { createRandom } from './random.ts';
import { createTopics } from './topics.ts';
import { createUnreliableNetwork } from './unreliable-network.ts';

/** `CLIENT_CHANGES=10000 CLIENT_CLIENTS=50`: the large run. */
const changes = Number(process.env['CLIENT_CHANGES'] ?? 150);
const clients = Number(process.env['CLIENT_CLIENTS'] ?? 8);
const seed = Number(process.env['CLIENT_SEED'] ?? 1);
const containers = 3;
const keeps = 20;
const changeEveryMs = 1_000;

test(`${changes} changes over a bad network: each of ${clients} clients ends with the list, and showed published generations only`, async () => {
  const run = createRun();
  for (let change = 0; change < changes; change++) {
    run.server.publish(run.topics.change());
    if (change % 10 === 0) run.hideOne();
    if (change % 40 === 0) run.showAll();
    await run.time.advance(changeEveryMs);
  }
  run.showAll();
  run.network.heal();
  await catchUp(run.time, () => run.tables.every(({ version }) => version === run.server.version));

  expect(run.unpublished).toEqual([]);
  for (const [at, table] of run.tables.entries()) {
    expect(table.version).toBe(run.server.version);
    expect(isGeneration(table.all(), askedOf(at, run.server.records()))).toBe(true);
    table.close();
  }
  // The run proves something only if these faults occurred.
  expect(run.states.size).toBeGreaterThan(changes / 4);
  const events = Object.entries({ ...run.network.counts, ...run.starts });
  expect(events.filter(([, count]) => count === 0)).toEqual([]);
  if (process.env['CLIENT_CHANGES'])
    console.log({ ...run.network.counts, ...run.starts, versionsShown: run.states.size, shown: run.shown() });
}, 600_000);

/** Every third client has a query. */
const queryOf = (at: number) => (at % 3 === 2 ? '?search=1' : '');
const askedOf = (at: number, all: Generation) => matching(all, new URLSearchParams(queryOf(at)));

function createRun() {
  const random = createRandom(seed);
  const server = createFakeServer({ keeps, mostRecords: 40, mostChanged: 25 });
  const topics = createTopics(seed);
  const time = createVirtualTime(random);
  const starts = { restarts: 0, walks: 0 };
  // A stale container answers with one of the two previous generations, unless the request has `no-cache`.
  const answerFrom = (lag: number) => (request: FakeRequest) => {
    if (request.url.includes('limit=') && !request.url.includes('after=')) starts.walks += 1;
    const isLagging = random() < 0.5 && request.headers['cache-control'] !== 'max-age=0';
    server.answerFrom(server.version - (isLagging ? lag : 0));
    const reply = server.answer(request);
    if (reply.status === 410 || reply.status === 404) starts.restarts += 1;
    return reply;
  };
  const network = createUnreliableNetwork(
    Array.from({ length: containers }, (_, at) => answerFrom(at)),
    time,
    random,
  );
  const unpublished: string[] = [];
  const states = new Set<number>();
  let shown = 0;
  const pages = Array.from({ length: clients }, createPage);
  const tables = pages.map((document, at) => {
    const table = liveTable({
      url: `http://fake.test/topics/${queryOf(at)}`,
      intervalMs: 1_000,
      requestTimeoutMs: 20_000,
      fetch: network.fetch,
      timing: time.timing,
      document,
    });
    table.subscribe(() => {
      shown += 1;
      if (table.version === undefined) return;
      states.add(table.version);
      if (!isGeneration(table.all(), askedOf(at, server.published(table.version) ?? [])))
        unpublished.push(`client ${at} showed ${table.all().length} records as version ${table.version}`);
    });
    return table;
  });
  return {
    server,
    topics,
    time,
    network,
    tables,
    unpublished,
    states,
    starts,
    shown: () => shown,
    hideOne: () => pages[Math.floor(random() * pages.length)]?.show(false),
    showAll() {
      for (const page of pages) if (page.hidden) page.show(true);
    },
  };
}
