import { toChunk } from '../../lib/snapshots/chunk.ts';
import { compareVersions, type Head, type Version } from '../../lib/snapshots/head.ts';
import type { RefreshRequests, SnapshotStore } from '../../lib/stores/store-error.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import type { ModelledDatabase } from '../fakes/modelled-database.ts';
import { naiveBody, naiveEtag, runsOf } from '../fakes/records.ts';
import { bodyIn } from '../fakes/stored-body.ts';
import type { Scheduler } from './scheduler.ts';

export const name = 'topics';

/** Whether every chunk is made of the records in its bounds, those that were not read for this head too. */
function isCutOf({ chunks }: Head, records: readonly StoredRecord[]) {
  const bounds = chunks.map(({ firstKey }) => ({ firstKey, digest: undefined }));
  const runs = runsOf(records, bounds).flatMap((run) => ('records' in run ? [run.records] : []));
  const refs = runs.flatMap(([first, ...rest]) =>
    first === undefined ? [] : [toChunk([first, ...rest]).ref],
  );
  return JSON.stringify(refs) === JSON.stringify(chunks);
}

/** The rules, checked at each effect on what is shared, and when all is quiet. They look at the truth, past every fault. */
export function createInvariants({
  scheduler: { now, violation },
  database,
  store,
  requests,
  calm,
}: {
  /** Whether nothing goes wrong in this run. */
  calm: boolean;
  scheduler: Scheduler;
  database: ModelledDatabase;
  store: SnapshotStore;
  requests: RefreshRequests;
}) {
  const published: { head: Head; atMs: number }[] = [];
  const recorded: { finished: number; transactionIds: readonly string[] }[] = [];
  let tableReads = 0;

  function check(holds: boolean, rule: string, facts: unknown = '') {
    if (!holds) violation(`${rule} ${JSON.stringify(facts)}`);
  }
  const current = (): Version => published.at(-1)?.head ?? { epoch: 0, rank: 0 };
  const contentIn = (snapshot: string) => database.recordsIn(snapshot);
  const tableEtag = () => naiveEtag(contentIn(database.snapshot()));

  return {
    check,
    calm,
    current,
    tableReads: () => tableReads,
    async tableRead() {
      tableReads += 1;
      const { requested, served, pending } = await requests.read();
      // Two may be at the same work when the lease of one is over; nobody reads for nothing while all goes well.
      check(!calm || requested > served || pending.length > 0, 'storm-proof: a read is for an open request');
    },
    recorded(transactionIds: readonly string[]) {
      recorded.push({ finished: database.finished(), transactionIds });
    },

    headPublished(head: Head) {
      const before = published.at(-1)?.head;
      check(
        before === undefined || compareVersions(before, head) < 0,
        'monotone: a head replaces an older one',
        [before, head],
      );
      const records = contentIn(head.snapshot);
      const isWhole = head.etag === naiveEtag(records) && head.count === records.length;
      check(isWhole && isCutOf(head, records), 'untorn: a head is one moment of the table', [head, records]);
      published.push({ head, atMs: now() });
    },

    /** After each write, and each retirement. */
    async chunksChanged() {
      const head = published.at(-1)?.head;
      if (head === undefined) return;
      const hashes = head.chunks.map(({ hash }) => hash);
      const found = await store.readChunks(hashes);
      check(found.length === hashes.length, 'untorn: every chunk that the head names is there', head);
    },

    /** A snapshot as a container serves it, or as a refresh answers it. */
    served(head: Head, body?: string) {
      check(
        body === undefined || body === naiveBody(name, contentIn(head.snapshot)),
        'untorn: what is served is one moment of the table',
        [head, body],
      );
    },

    /** The version that had been published before that time. */
    publishedBefore(atMs: number): Version {
      return published.findLast((one) => one.atMs < atMs)?.head ?? { epoch: 0, rank: 0 };
    },

    /** Once nobody has anything left to do, and the schedule has found nothing open. */
    async converged() {
      const state = await requests.read();
      check(
        state.served >= state.requested && state.pending.length === 0,
        'no change lost: nothing stays open',
        state,
      );
      const head = await store.readHead();
      if (recorded.length === 0) return;
      if (head === undefined) return check(false, 'no change lost: something is published');
      for (const { finished, transactionIds } of recorded) {
        check(
          head.rank >= finished,
          'no change lost: what was finished when a request was recorded is published',
          [head, finished],
        );
        for (const xid of transactionIds)
          check(
            database.isFinishedIn(head.snapshot, xid),
            'no change lost: a transaction that was recorded is published',
            [xid, head],
          );
      }
      check(
        (await bodyIn(store, name)) === naiveBody(name, contentIn(head.snapshot)),
        'untorn: what is published is whole',
        head,
      );
    },

    /** Of a run in which every committed change was recorded. */
    async publishedIsTheTable() {
      const head = await store.readHead();
      check(head?.etag === tableEtag(), 'no change lost: what is published is the table', head);
    },

    /** Of a run in which nothing went wrong, before the schedule comes. */
    async nothingIsLeft({ allLinger }: { allLinger: boolean }) {
      const state = await requests.read();
      const everybody = !allLinger || state.served >= state.requested;
      check(everybody, 'whoever held the lease has served everybody', state);
      const lease = { owner: 'a probe', nowMs: now(), untilMs: now() };
      check((await requests.acquire(lease)) !== undefined, 'whoever held the lease has given it back');
    },
  };
}
