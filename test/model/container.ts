import type { Clock } from '../../lib/clock.ts';
import { UnavailableError } from '../../lib/errors.ts';
import type { OperatorDeps } from '../../lib/publishing/operator.ts';
import { createRefresher, type Refresher } from '../../lib/publishing/refresher.ts';
import { emptyPointer } from '../../lib/publishing/replace-pointer.ts';
import type { Pointer } from '../../lib/snapshots/pointer.ts';
import type { DatasetSource } from '../../lib/source/dataset-source.ts';
import type { BlobStore, BlobSweep } from '../../lib/stores/blobs.ts';
import type { PointerStore } from '../../lib/stores/pointers.ts';
import type { RefreshRequests } from '../../lib/stores/requests.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { intercept } from '../fakes/intercept.ts';
import type { ModelledMoment } from '../fakes/modelled-database.ts';
import { createModelledSource } from '../fakes/modelled-source.ts';
import { formOf, type Release, type WriteKind } from './invariants.ts';
import type { Actor } from './options.ts';
import type { World } from './world.ts';

/** The real code in one container, of one release. */
export interface Container {
  refresher: Refresher;
  /** The shared stores; each call is a point. */
  stores: OperatorDeps & { blobs: BlobStore & BlobSweep };
  clock: Clock;
  /** The number of names it has made. */
  ids(): number;
}

const storeDown = () => new StoreError('the model', new Error());
const databaseDown = () =>
  new UnavailableError('database_unavailable', 'The database is down.', { retryAfterMs: 1_000 });

/**
 * Each call of a port has a point before its effect, and one before its response; it can fail at both. The scheduler
 * notes every result and every time that the code reads, because the code decides by nothing else.
 */
export function createContainer(
  world: World,
  actor: Actor,
  {
    release = 'old',
    writes = 'publish',
    leavesOut,
  }: {
    release?: Release | undefined;
    /** Why this container replaces the pointer. */
    writes?: WriteKind;
    /** A table that it cannot read. */
    leavesOut?: readonly string[] | undefined;
  } = {},
): Container {
  const { scheduler, invariants } = world;
  const { shared } = scheduler;
  let lastMoment: ModelledMoment | undefined;

  async function call<T>(
    label: string,
    failure: () => Error,
    effect: () => Promise<T>,
    learned: (result: T) => unknown = (result) => result,
  ): Promise<T> {
    await scheduler.point(actor, label, { failure });
    const result = await effect();
    scheduler.observed(actor, learned(result));
    await scheduler.point(actor, `${label}, done`, { failure, local: true });
    return result;
  }

  const pointers: PointerStore = {
    read: () => call('read the pointer', storeDown, () => world.pointers.read()),
    readArchived: (generation) =>
      call('read a generation', storeDown, () => world.pointers.readArchived(generation)),
    listArchived: (options) =>
      call('list generations', storeDown, () => world.pointers.listArchived(options)),
    deleteArchived: (generation) =>
      call('delete a generation', storeDown, async () => {
        await world.pointers.deleteArchived(generation);
        shared.drop(`generation ${generation}`);
      }),
    replace: (pointer, revision) =>
      call('replace the pointer', storeDown, async () => {
        const before = await world.pointers.read();
        const done = await world.pointers.replace(pointer, revision);
        if (!done) return false;
        shared.put('pointer', pointer);
        await invariants.pointerReplaced(before ?? emptyPointer('none'), pointer, writes, lastMoment);
        return true;
      }),
    archive: (pointer: Pointer) =>
      call('archive the pointer', storeDown, async () => {
        await world.pointers.archive(pointer);
        const { generation } = pointer;
        shared.put(`generation ${generation}`, await world.pointers.readArchived(generation));
        await invariants.archived(pointer.generation);
      }),
  };

  const blobs: BlobStore & BlobSweep = {
    async read(hashes) {
      const found = [];
      for (const hash of hashes)
        found.push(
          ...(await call(
            'read a blob',
            storeDown,
            () => world.blobs.read([hash]),
            (blobs) => `${hash} ${blobs.length}`,
          )),
        );
      return found;
    },
    put: (blob, sweep) =>
      call('put a blob', storeDown, async () => {
        const done = await world.blobs.put(blob, sweep);
        if (!done) return false;
        shared.put(`blob ${blob.hash}`, sweep);
        invariants.blobPut(blob.hash);
        return true;
      }),
    carrying: (hashes, sweep) => call('ask for blobs', storeDown, () => world.blobs.carrying(hashes, sweep)),
    scan: (cursor) => call('scan', storeDown, () => world.blobs.scan(cursor)),
    deleteSeen: (seen) =>
      call('delete a blob', storeDown, async () => {
        const done = await world.blobs.deleteSeen(seen);
        if (done) shared.drop(`blob ${seen.hash}`);
        await invariants.blobsDeleted();
        return done;
      }),
  };

  const requests: RefreshRequests = intercept(world.requests, ({ method, args }, proceed) =>
    call(method, storeDown, async () => {
      const result = await proceed();
      shared.put('requests', await world.requests.read());
      if (method === 'record') invariants.recorded(args[0]);
      return result;
    }),
  );

  const modelled = createModelledSource(world.database, {
    tables: [
      { name: 'topics', form: formOf(release), mayLose: 1 },
      { name: 'tags', form: formOf(release), mayLose: world.mayLose },
    ],
    leavesOut: (table) =>
      leavesOut?.includes(table) ? { reason: 'locked', error: databaseDown() } : undefined,
    betweenTables: () => scheduler.point(actor, 'read on', { failure: databaseDown, local: true }),
    onMoment: (moment) => {
      lastMoment = moment;
      scheduler.observed(actor, `${moment.at} ${moment.snapshot}`);
    },
  });
  const source: DatasetSource = {
    tables: modelled.tables,
    read: (options) =>
      call('read the tables', databaseDown, () => {
        invariants.tablesRead();
        return modelled.read(options);
      }),
    settled: (options) => call('ask for transactions', databaseDown, () => modelled.settled(options)),
  };

  function nowMs() {
    const now = scheduler.now() + actor.skewMs;
    scheduler.observed(actor, `it is ${now}`);
    return now;
  }
  const clock: Clock = {
    now: nowMs,
    sleep: (ms) => scheduler.point(actor, `sleep ${ms} ms`, { readyAtMs: scheduler.now() + ms }),
  };

  let ids = 0;
  const newId = () => `${actor.name} ${++ids}`;
  const { pointerBytes } = world;
  const refresher = createRefresher({
    ...{ pointers, blobs, requests, source, newId, pointerBytes },
    clock,
    random: () => 0.5,
    report: () => {},
    sizes: { fillBytes: 1, mostBytes: 2 },
    putsAtOnce: 1,
  });
  return { refresher, stores: { pointers, blobs, nowMs, newId, pointerBytes }, clock, ids: () => ids };
}
