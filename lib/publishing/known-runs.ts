import type { ChunkSizes } from '../snapshots/cut.ts';
import type { ChunkRef } from '../snapshots/manifest.ts';
import type { KnownRun } from '../source/plan.ts';

/**
 * What a refresh knows of a table from its published chunks: their bounds, and the digests of their rows. The result is
 * empty if deletions have left too many small chunks: the refresh then cuts the whole table again.
 * @param repair hashes of missing or corrupt chunks: their rows are read even if unchanged, and their bounds stay, so
 * that the same chunks result
 */
export function knownRuns(
  refs: readonly ChunkRef[],
  { sizes, repair }: { sizes: ChunkSizes; repair: ReadonlySet<string> },
): KnownRun[] {
  const bytes = refs.reduce((sum, ref) => sum + ref.bytes, 0);
  // After a whole read, any two neighbouring chunks together exceed half of `fillBytes`.
  const mostChunks = 1 + (4 * bytes) / sizes.fillBytes;
  const isRepair = refs.some(({ hash }) => repair.has(hash));
  if (refs.length > mostChunks && !isRepair) return [];
  return refs.map(({ hash, firstKey, source, count, bytes }) => ({
    firstKey,
    rows: count,
    bytes,
    digest: repair.has(hash) ? undefined : source,
  }));
}
