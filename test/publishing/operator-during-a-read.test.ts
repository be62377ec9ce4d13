import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { accept, forget, listGenerations, pin, reset, unpin } from '../../lib/publishing/operator.ts';
import { run } from '../../scripts/snapshots/run.ts';
import { createPublishing, frozenAt, type Publishing } from '../fakes/publishing.ts';

/** The calls at which a refresh is frozen while the operator acts. */
const moments = [
  'requests.record',
  'pointers.read',
  'source.read',
  'blobs.put',
  'pointers.archive',
  'pointers.replace',
  'requests.settle',
];

type Act = (service: Publishing, past: number) => Promise<unknown>;
const command =
  (...args: string[]): Act =>
  async (service) => {
    const quiet = { write: () => {}, writeError: () => {} };
    return run(args, { connect: async () => service.operating, ...quiet });
  };

/** The operator's actions of docs/operations.md, by command. */
const actions: Record<string, Act> = {
  list: command('list'),
  show: (service, past) => command('show', String(past))(service, past),
  pin: (service, past) => pin(service.operating, past),
  unpin: async ({ operating }, past) => {
    await pin(operating, past);
    await unpin(operating);
  },
  reset: ({ operating }) => reset(operating),
  accept: ({ operating }) => accept(operating, 'tags'),
  forget: ({ operating }) => forget(operating),
  status: ({ requests, pointers }) => Promise.all([requests.read(), pointers.read()]),
  refresh: (service) =>
    service.container().refresh({ deadlineMs: service.clock.now() + 5_000, wait: false, lingerMs: 0 }),
  'the events again, by redrive': async (service) => {
    const transactionIds = [service.change(['2'])];
    return service
      .container()
      .refresh({ deadlineMs: service.clock.now() + 5_000, wait: false, lingerMs: 0, transactionIds });
  },
  'a rollback, whose release has another form': (service) =>
    service
      .container({ form: 'of the release before' })
      .refresh({ deadlineMs: service.clock.now() + 5_000, wait: false, lingerMs: 0 }),
};

/** A service with two generations, and a publication that `mayLose` holds. */
async function begun() {
  const service = createPublishing();
  const refresh = () =>
    service
      .container({ mayLose: 0.4 })
      .refresh({ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 });
  await refresh();
  const { generation: past } = await service.pointer();
  service.clock.advance(1_000);
  service.change(['3']);
  await refresh();
  service.database.commit(service.database.begin([], { empties: 'tags' }));
  await refresh();
  return { service, refresh, past };
}

describe.each(Object.keys(actions))('an operator’s %s in the middle of a read', (name) => {
  test.each(moments)('at %s loses no change, and breaks no list', async (moment) => {
    const { service, refresh, past } = await begun();
    const frozen = frozenAt(service.around, moment);
    const xid = service.change(['1']);
    const reading = service.container({ mayLose: 0.4 }).refresh({
      ...{ deadlineMs: service.clock.now() + 30_000, wait: false, lingerMs: 0 },
      transactionIds: [xid],
    });
    await frozen.isReached;
    await actions[name]?.(service, past);
    service.change(['4']); // a commit from now on may be in the next read only
    frozen.goOn();
    expect(['published', 'unchanged', 'coalesced', 'recorded']).toContain((await reading).outcome);

    while ((await service.pointer()).pin !== undefined) await unpin(service.operating);
    service.clock.advance(10 * 60_000);
    await service.resume();
    await refresh();
    expect(await service.published()).toBe(service.truth());
    expect(await service.published()).not.toContain('MISSING');
    expect((await service.requests.read())?.pending.size).toBe(0);
    for await (const { tables } of listGenerations(service.operating)) expect(tables).toBeDefined();
  });
});

test('every action of the snapshots’ command that the runbook names is tried', async () => {
  const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const named = new Set([...runbook.matchAll(/npm run snapshots -- (\w+)/g)].map(([, word = '']) => word));
  expect(named.size).toBeGreaterThan(3);
  expect([...named].filter((word) => !Object.hasOwn(actions, word) && word !== 'unpin')).toEqual([]);
});
