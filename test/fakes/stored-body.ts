import { unpack } from '../../lib/snapshots/chunk.ts';
import type { Head } from '../../lib/snapshots/head.ts';
import type { SnapshotStore } from '../../lib/stores/store.ts';

/** The answer that the published snapshot makes, put together in the simplest way. */
export async function bodyIn(store: SnapshotStore, name: string, head?: Head): Promise<string | undefined> {
  const published = head ?? (await store.readHead());
  if (published === undefined) return undefined;
  const texts: string[] = [];
  for (const { hash } of published.chunks) {
    const [chunk] = await store.readChunks([hash]);
    if (chunk === undefined) throw new Error(`the chunk ${hash} is missing`);
    texts.push(unpack(chunk).records().toString());
  }
  return `{${JSON.stringify(name)}:[${texts.join(',')}]}`;
}
