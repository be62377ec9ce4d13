import { publish } from '../../lib/publishing/publish.ts';
import { type LoadedChunk, unpack } from '../../lib/snapshots/chunk.ts';
import type { ChunkSizes } from '../../lib/snapshots/cut.ts';
import type { Version } from '../../lib/snapshots/head.ts';
import { type LoadedSnapshot, toSnapshot } from '../../lib/snapshots/snapshot.ts';
import { createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { form, naiveEtag, runsOf } from './records.ts';

/** A snapshot of the records in memory, by way of a store. */
export async function loadedOf(
  records: readonly StoredRecord[],
  {
    name = 'topics',
    version = { epoch: 1, rank: 7 },
    snapshot = `${version.rank}:${version.rank}:`,
    sizes = { fillBytes: 100, mostBytes: 200 },
  }: { name?: string; version?: Version; snapshot?: string; sizes?: ChunkSizes } = {},
): Promise<LoadedSnapshot> {
  const store = createMemoryStore();
  const content = { form, etag: naiveEtag(records), runs: runsOf(records, []), version, snapshot };
  const published = await publish(store, content, undefined, { sizes, nowMs: 0 });
  if (published === undefined) throw new TypeError('somebody else has published');
  const { head } = published;
  const chunks = new Map<string, LoadedChunk>();
  for (const chunk of await store.readChunks(head.chunks.map(({ hash }) => hash)))
    chunks.set(chunk.hash, unpack(chunk));
  return toSnapshot(name, head, chunks);
}
