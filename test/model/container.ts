import type { Clock } from '../../lib/clock.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { createRefresher, type Refresher } from '../../lib/publishing/refresher.ts';
import { createLoader, type Load } from '../../lib/reading/loader.ts';
import type { Chunk } from '../../lib/snapshots/chunk.ts';
import type { Source } from '../../lib/source/source.ts';
import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { type RefreshRequests, type SnapshotStore, StoreError } from '../../lib/stores/store-error.ts';
import { createDatabaseSource } from '../fakes/database-source.ts';
import { intercept } from '../fakes/intercept.ts';
import { name } from './invariants.ts';
import type { Actor } from './scheduler.ts';
import type { World } from './world.ts';

/** The real code in one container. */
export interface Container {
  refresher: Refresher;
  load: Load;
  /** With a store of the container's own. */
  loadWithoutStore: Load;
  /** For code outside a refresh and a load. */
  clock: Clock;
}

const sizes = { fillBytes: 1, mostBytes: 2 };
const storeDown = () => new StoreError('the model', new Error());
const databaseDown = () =>
  new UnavailableError('database_unavailable', 'The database is down.', { retryAfterMs: 1_000 });

/** Each call of a port is a point before it takes effect, and one after; it can fail at both. */
export function createContainer(world: World, actor: Actor): Container {
  const { scheduler, invariants } = world;
  const seen: { headEtag?: string | undefined; tableEtag?: string } = {};

  async function call<T>(label: string, failure: () => Error, effect: () => Promise<T>): Promise<T> {
    await scheduler.point(actor, label, { failure, opaque: true });
    const result = await effect();
    await scheduler.point(actor, `${label}, done`, { failure, opaque: true });
    return result;
  }

  /** A batch is many calls: others come between them. */
  async function each<T>(items: readonly T[], label: string, effect: (item: T) => Promise<void>) {
    for (const item of items)
      await call(label, storeDown, async () => {
        await effect(item);
        await invariants.chunksChanged();
      });
  }

  const store: SnapshotStore = {
    readHead: () =>
      call('read the head', storeDown, async () => {
        const head = await world.store.readHead();
        seen.headEtag = head?.etag;
        return head;
      }),
    async readChunks(hashes) {
      const chunks: Chunk[] = [];
      await each(hashes, 'read a chunk', async (hash) => {
        chunks.push(...(await world.store.readChunks([hash])));
      });
      return chunks;
    },
    async writeChunks(chunks, version) {
      invariants.check(
        chunks.length === 0 || seen.headEtag !== seen.tableEtag,
        'unneeded work is free: the content that is published writes no chunk',
      );
      await each(chunks, 'write a chunk', (chunk) => world.store.writeChunks([chunk], version));
    },
    publish: (head, over) =>
      call('publish', storeDown, async () => {
        const published = await world.store.publish(head, over);
        if (published) invariants.headPublished(head);
        await invariants.chunksChanged();
        return published;
      }),
    retireChunks: (hashes, version) =>
      each(hashes, 'retire a chunk', (hash) => world.store.retireChunks([hash], version)),
  };

  const requests: RefreshRequests = intercept(world.requests, ({ method, args: [first] }, proceed) =>
    call(method, storeDown, async () => {
      const result = await proceed();
      if (method === 'record' && Array.isArray(first)) invariants.recorded(first.map(String));
      return result;
    }),
  );

  const table = createDatabaseSource(world.database, {
    name,
    betweenPages: () => scheduler.point(actor, 'read the next page', { failure: databaseDown, opaque: true }),
  });
  const source: Source = {
    name,
    form: table.form,
    read: (options) =>
      call('read the table', databaseDown, async () => {
        await invariants.tableRead();
        const read = await table.read(options);
        seen.tableEtag = read.etag;
        return read;
      }),
    settled: (options) => call('ask for transactions', databaseDown, () => table.settled(options)),
  };

  /** @param opaque whether the sleeper is within a refresh or a load */
  const clock = (opaque: boolean): Clock => ({
    now: () => scheduler.now() + actor.skewMs,
    sleep: (ms) => scheduler.point(actor, `sleep ${ms} ms`, { readyAtMs: scheduler.now() + ms, opaque }),
  });

  const report = () => {};
  const common = { source, epoch: 1, clock: clock(true), newOwner: world.newOwner, report, sizes };
  const refresher = createRefresher({ ...common, store, requests });
  const ownStore = createMemoryStore();
  const ownRefresher = createRefresher({ ...common, store: ownStore, requests: createMemoryRequests() });
  return {
    refresher,
    load: createLoader({ name, store, refresher: async () => refresher, report }),
    loadWithoutStore: createLoader({
      name,
      store: ownStore,
      refresher: async () => ownRefresher,
      refreshAlways: true,
      report,
    }),
    clock: clock(false),
  };
}
