import type { ChunkSizes } from '../snapshots/cut.ts';
import type { ChunkRef } from '../snapshots/manifest.ts';
import type { KnownRun } from '../source/plan.ts';

/**
 * What a refresh knows of a table from the chunks that are published: their bounds, and the digests of their rows. It
 * knows nothing where deleted rows have left so many small chunks that they are better cut anew.
 *
 * @param repair chunks that are missing or corrupt: their rows are needed whether they have changed or not, and their
 * bounds stay, so that the very chunks that are named come out again
 */
export function knownRuns(
  refs: readonly ChunkRef[],
  { sizes, repair }: { sizes: ChunkSizes; repair: ReadonlySet<string> },
): KnownRun[] {
  const bytes = refs.reduce((sum, ref) => sum + ref.bytes, 0);
  // After a whole read two neighbours are more than half a chunk.
  const mostChunks = 1 + (4 * bytes) / sizes.fillBytes;
  const isRepair = refs.some(({ hash }) => repair.has(hash));
  if (refs.length > mostChunks && !isRepair) return [];
  return refs.map(({ hash, firstKey, source }) => ({
    firstKey,
    digest: repair.has(hash) ? undefined : source,
  }));
}
