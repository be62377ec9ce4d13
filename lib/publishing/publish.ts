import { hash } from 'node:crypto';
import { BlobError } from '../snapshots/blob-error.ts';
import type { ChunkSizes } from '../snapshots/cut.ts';
import { entryOf } from '../snapshots/forms.ts';
import type { ChunkRef } from '../snapshots/manifest.ts';
import type { Pointer, TableState, Tables } from '../snapshots/pointer.ts';
import type { DatasetRead, DatasetSource, LeftOut, SourceTable } from '../source/dataset-source.ts';
import type { KnownRun } from '../source/plan.ts';
import type { Blob, BlobStore } from '../stores/blobs.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { readChunkRefs } from '../stores/read-manifest.ts';
import { type BlobWriter, createBlobWriter, PointerMovedError } from './blob-writer.ts';
import { fitPointer } from './fit-pointer.ts';
import { knownRuns } from './known-runs.ts';
import { nextTables, type ReadTable } from './next-tables.ts';
import { replacePointer } from './replace-pointer.ts';
import { createTableWriter, type TableWriter } from './table-writer.ts';
import { tablesIn } from './tables-in.ts';

export interface PublishDeps {
  pointers: PointerStore;
  blobs: BlobStore;
  source: DatasetSource;
  nowMs: () => number;
  /** Makes a unique name. */
  newId: () => string;
  sizes: ChunkSizes;
  /** The bound for a pointer's tables as JSON. */
  pointerBytes: number;
  /** How many blobs are packed and stored at a time; this bounds the memory of a publication. */
  putsAtOnce: number;
  /** Receives each packed blob, so that this container's reader need not fetch it. */
  onBlob: (blob: Blob) => void;
}

export interface Publication {
  /**
   * The pointer, read before the tables. Blobs that it names need not be stored. The pointer that replaces it is of a later
   * moment.
   */
  pointer: Pointer;
  pending: readonly string[];
  /** The incarnation and `requested` of the refresh item, noted before the read. */
  request: string;
  /** Missing or corrupt blobs: they are stored although the pointer names them. */
  repair: ReadonlySet<string>;
  /** Whether an earlier attempt may have stored blobs. */
  isResumed: boolean;
  /** Called for each run that was read or kept, and awaited. */
  onStep: () => Promise<void>;
  /** Called for each stored blob, with its packed size, and awaited. */
  onPut: (bytes: number) => Promise<void>;
  deadlineMs: number;
}

export interface Published {
  outcome: 'published' | 'unchanged';
  pointer: Pointer;
  read: DatasetRead;
  leftOut: ReadonlyMap<string, LeftOut>;
  held: readonly string[];
  rows: number;
  readRows: number;
}

/**
 * Reads the tables, stores their new blobs, archives the pointer that was read before the tables, and then replaces it by
 * compare-and-set.
 * @returns undefined if another writer replaced the pointer: read the pointer and the tables again
 * @throws the source's errors; StoreError
 */
export async function publish(deps: PublishDeps, publication: Publication): Promise<Published | undefined> {
  const { source } = deps;
  const { pointer, pending, deadlineMs } = publication;
  const before = await publishedBefore(deps, publication);
  const { writer } = before;
  try {
    const { read, reads, leftOut, readRows } = await readTablesInto(deps, publication, before);
    const rows = reads.reduce((sum, { read }) => sum + read.count, 0);
    const done = { read, leftOut, rows, readRows };
    // If the pointer's root blob cannot be read, there are no entries to mark as left out.
    if (reads.length === 0 && Object.keys(before.tables).length === 0)
      return { ...done, outcome: 'unchanged', pointer, held: [] };

    const nowMs = deps.nowMs();
    const { snapshot, settled } = read;
    const request = requestOf(publication.request, pending, settled);
    const result = { reads, leftOut: source.tables.filter(({ name }) => leftOut.has(name)) };
    const moment = { snapshot, request, nowMs };
    const { generation, tables, held } = nextTables(pointer, before.tables, result, moment);
    const { root: _, ...rest } = pointer;
    const unfitted = { ...rest, revision: deps.newId(), generation, readAtMs: nowMs, tables };
    const next = fitPointer(unfitted, deps.pointerBytes);
    for (const blob of next.blobs)
      if (!before.isStored(blob.hash)) await writer.add(blob.hash, async () => blob);
    const isRaised = generation !== pointer.generation;
    await Promise.all([
      writer.end(),
      // Archive the pointer that was read: a losing writer's next pointer was never published.
      isRaised && pointer.generation > 0 ? deps.pointers.archive(pointer, deadlineMs) : undefined,
    ]);
    if (!(await replacePointer(deps.pointers, next.pointer, pointer.revision, deadlineMs))) return undefined;
    const outcome = isRaised ? 'published' : 'unchanged';
    return { ...done, outcome, pointer: next.pointer, held };
  } catch (error) {
    await writer.stop();
    if (error instanceof PointerMovedError) return undefined;
    throw error;
  }
}

/**
 * The request of an entry. It includes the announced transactions that were still running during the read. A later read of
 * the same ticket then has another request, so that a form with the earlier read counts as behind.
 */
function requestOf(request: string, pending: readonly string[], settled: readonly string[]): string {
  const running = pending.filter((id) => !settled.includes(id)).sort();
  if (running.length === 0) return request;
  return `${request} ${hash('sha256', running.join(), 'base64url').slice(0, 8)}`;
}

/** A table as the pointer names it. */
interface Base {
  table: SourceTable;
  /** The published chunks; empty if nothing is published, or a segment is broken. */
  refs: readonly ChunkRef[];
  state: TableState | undefined;
  segments: readonly string[];
}

interface Before {
  tables: Tables;
  bases: readonly Base[];
  known: ReadonlyMap<string, readonly KnownRun[]>;
  etags: ReadonlyMap<string, string>;
  writer: BlobWriter;
  /** Whether the pointer names the blob, and it is not known to be missing. */
  isStored: (hash: string) => boolean;
}

async function publishedBefore(
  { blobs, source, sizes, putsAtOnce, onBlob }: PublishDeps,
  { pointer, repair, isResumed, onPut, deadlineMs }: Publication,
): Promise<Before> {
  const tables = await tablesIn(blobs, pointer);
  const bases = await Promise.all(source.tables.map((table) => baseOf(blobs, tables, table)));
  const hashes = bases.flatMap(({ refs, segments }) => [...segments, ...refs.map(({ hash }) => hash)]);
  const named = new Set(hashes);
  const known = new Map(
    bases.map(({ table, refs }) => [table.name, knownRuns(refs, { sizes, repair })] as const),
  );
  const etags = new Map(
    bases.flatMap(({ table, refs, state }) => {
      const runs = known.get(table.name) ?? [];
      const mustRead = runs.length < refs.length || runs.some(({ digest }) => digest === undefined);
      return state === undefined || mustRead ? [] : [[table.name, state.etag] as const];
    }),
  );
  const writer = createBlobWriter({
    ...{ blobs, onBlob, onPut, sweep: pointer.sweep, atOnce: putsAtOnce, untilMs: deadlineMs },
    mayBeStored: isResumed || [...known.values()].some((runs) => runs.length === 0),
  });
  return { tables, bases, known, etags, writer, isStored: (hash) => named.has(hash) && !repair.has(hash) };
}

/** The base is the held state, if there is one: the table is more likely to equal it than the published state. */
async function baseOf(blobs: BlobStore, tables: Tables, table: SourceTable): Promise<Base> {
  const entry = entryOf(tables[table.name], table.form);
  const state = entry?.held ?? entry;
  const nothing: Base = { table, refs: [], state: undefined, segments: [] };
  if (state === undefined) return nothing;
  try {
    return { table, state, ...(await readChunkRefs(blobs, state.manifest)) };
  } catch (error) {
    if (error instanceof BlobError) return nothing; // the table is read whole, and every segment is stored again
    throw error;
  }
}

/** Reads the tables at one moment, and hands their new chunks to the writer. */
async function readTablesInto(
  { source, sizes }: PublishDeps,
  { pending, onStep, deadlineMs }: Publication,
  { bases, known, etags, isStored, writer }: Before,
): Promise<{
  read: DatasetRead;
  reads: ReadTable[];
  leftOut: Map<string, LeftOut>;
  readRows: number;
}> {
  const writers = new Map<string, TableWriter>();
  const begin = (name: string) => {
    const base = bases.find(({ table }) => table.name === name)?.refs ?? [];
    const writing = createTableWriter({ base, isStored, sizes, writer, onStep });
    writers.set(name, writing);
    return writing;
  };

  const read = await source.read({ pending, known, etags, begin, deadlineMs });
  const reads: ReadTable[] = [];
  const leftOut = new Map<string, LeftOut>();
  let readRows = 0;
  for (const { table, refs: before, state } of bases) {
    const result = read.tables.get(table.name);
    const writing = writers.get(table.name);
    if (result === undefined) throw new TypeError(`the source has no result for ${table.name}`);
    if ('reason' in result) {
      leftOut.set(table.name, result);
      continue;
    }
    if (writing === undefined) throw new TypeError(`the source did not begin ${table.name}`);
    const written = await writing.end();
    readRows += written.readRows;
    const { refs } = written;
    reads.push({
      table,
      read: result,
      refs,
      manifest: sameChunks(refs, before) ? state?.manifest : undefined,
    });
  }
  return { read, reads, leftOut, readRows };
}

const sameChunks = (a: readonly ChunkRef[], b: readonly ChunkRef[]) =>
  a.length === b.length && a.every(({ hash }, at) => hash === b[at]?.hash);
