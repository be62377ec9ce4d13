import { type ChunkRecords, type ChunkSizes, createCutter } from '../../lib/snapshots/cut.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';

/** Cuts records into chunks, as one run. */
export async function cutAll(records: readonly StoredRecord[], sizes: ChunkSizes): Promise<ChunkRecords[]> {
  const chunks: ChunkRecords[] = [];
  const cutter = createCutter(sizes, async (chunk) => void chunks.push(chunk));
  await cutter.take(0, records);
  await cutter.end();
  return chunks;
}
