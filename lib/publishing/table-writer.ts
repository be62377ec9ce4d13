import { toChunk } from '../snapshots/chunk.ts';
import { type ChunkSizes, createCutter } from '../snapshots/cut.ts';
import type { ChunkRef } from '../snapshots/manifest.ts';
import type { TableSink } from '../source/dataset-source.ts';
import type { BlobWriter } from './blob-writer.ts';

export interface TableWriter extends TableSink {
  /** After the read: the table's chunks, in order. */
  end(): Promise<{ refs: ChunkRef[]; readRows: number }>;
}

/** Makes chunks of a table's rows during the read, and stores the new ones. */
export function createTableWriter({
  base,
  isStored,
  sizes,
  writer,
  onStep,
}: {
  /** The chunks of the known runs. */
  base: readonly ChunkRef[];
  isStored: (hash: string) => boolean;
  sizes: ChunkSizes;
  writer: BlobWriter;
  /** Called for each run, and awaited. */
  onStep: () => Promise<void>;
}): TableWriter {
  const refs: ChunkRef[] = [];
  let readRows = 0;
  const cutter = createCutter(sizes, async (records) => {
    const { ref, pack } = toChunk(records);
    refs.push(ref);
    if (!isStored(ref.hash)) await writer.add(ref.hash, pack);
  });
  return {
    async keep(run) {
      await onStep();
      await cutter.end();
      const ref = base[run];
      if (ref === undefined) throw new TypeError(`the kept run ${run} is unknown`);
      refs.push(ref);
    },
    async take(run, records) {
      await onStep();
      readRows += records.length;
      await cutter.take(run, records);
    },
    async end() {
      await cutter.end();
      return { refs, readRows };
    },
  };
}
