import { expect, test } from '@jest/globals';
import type { FakeRecord } from '../../client/conformance/fake-server.ts';
import { createPage, isGeneration } from '../../client/conformance/scene.ts';
import { createVirtualTime } from '../../client/conformance/virtual-time.ts';
import { liveTable } from '../../client/live-table.ts';
import { storedRecord } from '../fakes/records.ts';
import { createLiveService } from '../http/live-service.ts';
import { catchUp } from './catch-up.ts';
import { createRandom } from './random.ts';
import { createTopics } from './topics.ts';
import { createUnreliableNetwork } from './unreliable-network.ts';

/** `CLIENT_CHANGES=10000 CLIENT_CLIENTS=50`: the large run. */
const changes = Number(process.env['CLIENT_CHANGES'] ?? 60);
const clients = Number(process.env['CLIENT_CLIENTS'] ?? 6);
const seed = Number(process.env['CLIENT_SEED'] ?? 1);
const epochMs = 1_700_000_000_000;

test(`${changes} changes of the service itself over a bad network: each of ${clients} clients ends with the list, and showed published generations only`, async () => {
  const random = createRandom(seed);
  const time = createVirtualTime(random);
  const clock = { now: () => epochMs + Math.floor(time.timing.nowMs()), sleep: time.sleep };
  const service = createLiveService({ clock, fillBytes: 100, historyForS: 60 });
  const topics = createTopics(seed);
  const history = new Map<number, readonly FakeRecord[]>();
  const answers = new Map<string, number>();

  let records: readonly FakeRecord[] = [];
  let version = 0;
  async function change() {
    records = topics.change();
    const { pointer } = await service.publish(records.map(({ key, json }) => storedRecord(key, json)));
    version = pointer.generation;
    history.set(version, records);
  }
  await change();

  const containers = Array.from({ length: 3 }, () => {
    const handler = service.container();
    return async (request: Parameters<typeof handler>[0]) => {
      const reply = await handler(request);
      const name = `${new URL(request.url).pathname} ${reply.status}`;
      answers.set(name, (answers.get(name) ?? 0) + 1);
      return reply;
    };
  });
  const network = createUnreliableNetwork(containers, time, random);
  const unpublished: string[] = [];
  const states = new Set<number>();
  const pages = Array.from({ length: clients }, createPage);
  /** Every third client has a query. */
  const isQuery = (at: number) => at % 3 === 2;
  const askedOf = (at: number, all: readonly FakeRecord[] | undefined) =>
    isQuery(at) ? all?.filter(({ json }) => /"title":"[^"]*1/.test(json)) : all;
  const tables = pages.map((document, at) => {
    const table = liveTable({
      url: `http://service.test/topics/${isQuery(at) ? '?title__contains=1' : ''}`,
      intervalMs: 1_000,
      requestTimeoutMs: 20_000,
      fetch: network.fetch,
      timing: time.timing,
      document,
    });
    table.subscribe(() => {
      if (table.version === undefined) return;
      states.add(table.version);
      if (!isGeneration(table.all(), askedOf(at, history.get(table.version))))
        unpublished.push(`client ${at} showed ${table.all().length} records as version ${table.version}`);
    });
    return table;
  });

  for (let turn = 0; turn < changes; turn += 1) {
    await change();
    if (turn % 25 === 0) await service.sweep();
    if (turn % 10 === 0) pages[Math.floor(random() * pages.length)]?.show(false);
    if (turn % 90 === 0) for (const page of pages) if (page.hidden) page.show(true);
    await time.advance(1_000);
  }
  for (const page of pages) if (page.hidden) page.show(true);
  network.heal();
  const last = Math.max(...[...history].filter(([, one]) => sameAs(one, records)).map(([number]) => number));
  await catchUp(time, () => tables.every((table) => table.version === last));

  expect(unpublished).toEqual([]);
  for (const [at, table] of tables.entries()) {
    expect(isGeneration(table.all(), askedOf(at, records))).toBe(true);
    expect(table.version).toBe(last);
    table.close();
  }
  // The run proves something only if these faults occurred.
  expect(states.size).toBeGreaterThan(changes / 4);
  const seen = ['/topics/ 200', '/changes/topics/ 200', '/changes/topics/ 410'];
  expect(seen.filter((name) => !answers.has(name))).toEqual([]);
  expect(Object.entries(network.counts).filter(([, count]) => count === 0)).toEqual([]);
  if (process.env['CLIENT_CHANGES'])
    console.log({ ...network.counts, ...Object.fromEntries(answers), versionsShown: states.size });
}, 1_200_000);

const sameAs = (one: readonly FakeRecord[], other: readonly FakeRecord[]) =>
  one.length === other.length && one.every(({ json }, at) => json === other[at]?.json);
