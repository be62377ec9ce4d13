import { UnavailableError } from '../errors.ts';
import type { Refresher } from '../publishing/refresher.ts';
import type { Report } from '../report.ts';
import { ChunkError, type LoadedChunk, unpack } from '../snapshots/chunk.ts';
import { compareVersions, type Head } from '../snapshots/head.ts';
import { type LoadedSnapshot, toSnapshot } from '../snapshots/snapshot.ts';
import type { SnapshotStore } from '../stores/store.ts';

export interface Loaded {
  snapshot: LoadedSnapshot;
  /** `memory`: what the container holds is still the published snapshot. */
  from: 'memory' | 'store' | 'database';
}

/**
 * How a container comes by the published snapshot: only what `held` lacks is fetched, and an older one than `held` is
 * never taken. Where nothing is published, or what is published is broken, the table is read and published first.
 * It remembers nothing; when to ask is the reader's business.
 *
 * @throws StoreError; what a refresh throws.
 */
export type Load = (held: LoadedSnapshot | undefined, deadlineMs: number) => Promise<Loaded>;

export function createLoader({
  name,
  store,
  refresher,
  refreshAlways = false,
  report,
}: {
  /** The member of the answer that holds the records. */
  name: string;
  store: SnapshotStore;
  /** Called at the first need: most containers of the list function never touch the database. */
  refresher: () => Promise<Refresher>;
  /** For a store that is this container's own, in which nobody else publishes. */
  refreshAlways?: boolean;
  report: Report;
}): Load {
  async function refresh(
    held: LoadedSnapshot | undefined,
    deadlineMs: number,
    rewrite: boolean,
  ): Promise<Loaded> {
    const { refresh } = await refresher();
    const refreshed = await refresh({ deadlineMs, wait: true, lingerMs: 0, rewrite });
    // Where nobody else publishes, what this refresh did not read is as old as the last one.
    const unread = refreshAlways && refreshed.outcome === 'recorded';
    const head = 'head' in refreshed ? refreshed.head : unread ? undefined : await store.readHead();
    if (head === undefined)
      throw new UnavailableError('nothing_published', 'Nothing is published yet.', { retryAfterMs: 1_000 });
    return { snapshot: await assemble(held, head), from: 'database' };
  }

  async function assemble(held: LoadedSnapshot | undefined, head: Head): Promise<LoadedSnapshot> {
    if (held !== undefined && compareVersions(held.head, head) >= 0) return held;
    // The same bytes at a later moment: what was made of them, compressed bodies too, goes on being used.
    if (held !== undefined && sameChunks(held.head, head)) return { ...held, head };
    const chunks = new Map<string, LoadedChunk>(held?.chunks);
    const missing = head.chunks.map(({ hash }) => hash).filter((hash) => !chunks.has(hash));
    for (const chunk of await store.readChunks(missing)) chunks.set(chunk.hash, unpack(chunk));

    const lost = missing.find((hash) => !chunks.has(hash));
    if (lost === undefined) return toSnapshot(name, head, chunks);
    // Either it was retired while this container was slow, and there is a later head, or it is gone.
    const later = await store.readHead();
    if (later === undefined || compareVersions(later, head) <= 0) throw new ChunkError(lost, 'not there');
    return assemble(held, later);
  }

  return async (held, deadlineMs) => {
    const head = refreshAlways ? undefined : await store.readHead();
    if (head === undefined) return refresh(held, deadlineMs, false);
    try {
      const snapshot = await assemble(held, head);
      return { snapshot, from: snapshot === held ? 'memory' : 'store' };
    } catch (error) {
      if (!(error instanceof ChunkError)) throw error;
      report({ name: 'snapshot.broken', level: 'error', cause: error });
      return refresh(held, deadlineMs, true);
    }
  };
}

const sameChunks = (a: Head, b: Head) =>
  a.chunks.length === b.chunks.length && a.chunks.every(({ hash }, at) => hash === b.chunks[at]?.hash);
