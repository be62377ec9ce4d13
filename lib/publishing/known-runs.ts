import type { ChunkSizes } from '../snapshots/cut.ts';
import type { Head } from '../snapshots/head.ts';
import type { KnownRun } from '../source/plan.ts';

/**
 * What a refresh knows of the table from the head that is published: the bounds of its chunks, and the digests of their
 * rows. It knows nothing where records have another form now, or where rows that were deleted have left so many small
 * chunks that they are better cut anew.
 *
 * @param options.rewrite the chunks are missing or corrupt, so that all rows are needed: only their bounds are known,
 * whatever the form. A repair at the moment of the head has to find the very chunks that it names.
 */
export function knownRuns(
  head: Head | undefined,
  { form, sizes, rewrite }: { form: string; sizes: ChunkSizes; rewrite: boolean },
): KnownRun[] {
  if (head === undefined || (head.form !== form && !rewrite)) return [];
  const bytes = head.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  // After a whole read two neighbours are more than half a chunk.
  const mostChunks = 1 + (4 * bytes) / sizes.fillBytes;
  if (head.chunks.length > mostChunks && !rewrite) return [];
  return head.chunks.map(({ firstKey, source }) => ({ firstKey, digest: rewrite ? undefined : source }));
}
