import { mapConcurrent } from '../map-concurrent.ts';
import type { Report } from '../report.ts';
import { BlobError } from '../snapshots/blob-error.ts';
import type { ManifestRef } from '../snapshots/manifest.ts';
import { decodeSegment } from '../snapshots/manifest-segment.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { BlobStore, BlobSweep, SeenBlob } from '../stores/blobs.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { readTables } from '../stores/read-manifest.ts';
import { readOrCreatePointer, replacePointer } from './replace-pointer.ts';

/** Where an unfinished sweep continues. It marks blobs again, which can only add marks. */
export interface SweepProgress {
  /** The pointer's `sweep` after this sweep's own compare-and-set. */
  number: number;
  cursor: string | undefined;
}

export interface Swept {
  /** `broken`: a manifest could not be read, so nothing was deleted. */
  outcome: 'done' | 'unfinished' | 'broken';
  /** The input for the next run, if this one is unfinished. */
  progress?: SweepProgress;
  deletedBlobs: number;
  deletedGenerations: number;
}

const deletesAtOnce = 8;
const generationsPerPage = 50;

/**
 * Deletes the blobs that no kept generation names, and the generations beyond history. The pointer fences it:
 * publishers that read the pointer before the sweep began lose the compare-and-set, and read again; blobs stored
 * since then carry this sweep's number or a higher one, and stay.
 */
export async function sweep(
  deps: {
    pointers: PointerStore;
    blobs: BlobStore & BlobSweep;
    nowMs: () => number;
    newId: () => string;
    report: Report;
    /** How long a replaced generation is kept, from its replacement. */
    historyForMs: number;
  },
  { resume, deadlineMs }: { resume?: SweepProgress | undefined; deadlineMs: number },
): Promise<Swept> {
  const { pointers, blobs, nowMs, report } = deps;
  const { number, cursor: from } = resume ?? { number: await beginSweep(deps), cursor: undefined };
  let deletedBlobs = 0;
  let deletedGenerations = 0;
  const ended = (outcome: Swept['outcome'], progress?: SweepProgress): Swept => {
    const level = outcome === 'broken' ? ('error' as const) : ('info' as const);
    report({ name: 'sweep.ended', level, outcome, number, deletedBlobs, deletedGenerations });
    return {
      outcome,
      deletedBlobs,
      deletedGenerations,
      ...(progress === undefined ? {} : { progress }),
    };
  };

  const pointer = await readOrCreatePointer(pointers, deps.newId);
  const marks = await marksOf(deps, pointer).catch((error: unknown) => {
    if (!(error instanceof BlobError)) throw error;
    report({ name: 'sweep.broken', level: 'error', cause: error });
    return undefined;
  });
  if (marks === undefined) return ended('broken');

  for (;;) {
    const old = await pointers.listArchived({ before: pointer.oldest, limit: generationsPerPage });
    const gone = old.map(({ generation }) => generation).filter((generation) => generation !== pointer.pin);
    if (gone.length === 0) break;
    if (nowMs() >= deadlineMs) return ended('unfinished', { number, cursor: from });
    await mapConcurrent(gone, deletesAtOnce, (generation) => pointers.deleteArchived(generation));
    deletedGenerations += gone.length;
  }

  for (let cursor = from; ; ) {
    if (nowMs() >= deadlineMs) return ended('unfinished', { number, cursor });
    const page = await blobs.scan(cursor);
    const garbage = page.seen.filter(({ hash, sweep }: SeenBlob) => sweep < number && !marks.has(hash));
    const deleted = await mapConcurrent(garbage, deletesAtOnce, (seen) => blobs.deleteSeen(seen));
    deletedBlobs += deleted.filter(Boolean).length;
    cursor = page.cursor;
    if (cursor === undefined) return ended('done');
  }
}

/** @returns the number of this sweep */
async function beginSweep({
  pointers,
  nowMs,
  newId,
  historyForMs,
}: Pick<Parameters<typeof sweep>[0], 'pointers' | 'nowMs' | 'newId' | 'historyForMs'>): Promise<number> {
  for (;;) {
    const pointer = await readOrCreatePointer(pointers, newId);
    // A generation's number is its time, and it ends at its successor's number: history begins with the generation
    // that was current at that time.
    const thenMs = nowMs() - historyForMs;
    const [current] =
      pointer.generation <= thenMs
        ? [pointer]
        : await pointers.listArchived({ before: Math.max(0, Math.floor(thenMs) + 1), limit: 1 });
    const oldest = Math.max(pointer.oldest, current?.generation ?? 0);
    const next: Pointer = { ...pointer, revision: newId(), sweep: pointer.sweep + 1, oldest };
    if (await replacePointer(pointers, next, pointer.revision)) return next.sweep;
  }
}

/**
 * Marks every blob that the pointer or a kept generation names.
 * @throws BlobError
 */
async function marksOf(
  { pointers, blobs }: { pointers: PointerStore; blobs: BlobStore },
  pointer: Pointer,
): Promise<ReadonlySet<string>> {
  const marks = new Set<string>();
  await mark(blobs, pointer, marks);
  const { pin, oldest } = pointer;
  const pinned = pin === undefined || pin >= oldest ? undefined : await pointers.readArchived(pin);
  if (pinned !== undefined) await mark(blobs, pinned, marks);
  // An archive of the current generation is a late publisher's; the winner's archive replaces it.
  for (let before = pointer.generation; ; ) {
    const archived = await pointers.listArchived({ before, limit: generationsPerPage });
    for (const one of archived) if (one.generation >= oldest) await mark(blobs, one, marks);
    const last = archived.at(-1);
    if (last === undefined || last.generation < oldest) return marks;
    before = last.generation;
  }
}

async function mark(blobs: BlobStore, pointer: Pointer, marks: Set<string>) {
  const tables = await readTables(blobs, pointer);
  if (pointer.root !== undefined) marks.add(pointer.root);
  for (const { manifest, held } of Object.values(tables).flat()) {
    await markManifest(blobs, manifest, marks);
    if (held !== undefined) await markManifest(blobs, held.manifest, marks);
  }
}

/** Skips marked segments, whose blobs are marked too: generations share most segments. */
async function markManifest(blobs: BlobStore, { level, refs }: ManifestRef, marks: Set<string>) {
  const unmarked = refs.map(({ hash }) => hash).filter((hash) => !marks.has(hash));
  if (level > 0) {
    const bodies = new Map((await blobs.read(unmarked)).map(({ hash, body }) => [hash, body]));
    for (const hash of unmarked) {
      const body = bodies.get(hash);
      if (body === undefined) throw new BlobError(hash, 'missing');
      await markManifest(blobs, decodeSegment(hash, body), marks);
    }
  }
  for (const hash of unmarked) marks.add(hash);
}
