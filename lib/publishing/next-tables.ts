import { entryOf } from '../snapshots/forms.ts';
import type { ChunkRef, ManifestRef } from '../snapshots/manifest.ts';
import type { Pointer, TableEntry, TableState, Tables } from '../snapshots/pointer.ts';
import type { SourceTable, TableRead } from '../source/dataset-source.ts';

/** A table that was read: its content, and its new chunks. */
export interface ReadTable {
  table: SourceTable;
  read: TableRead;
  refs: readonly ChunkRef[];
  /** A stored manifest that names exactly these chunks, if there is one. */
  manifest: ManifestRef | undefined;
}

/** The tables that replace those of a pointer. */
export interface Next {
  generation: number;
  tables: Tables;
  /** The tables whose loss `mayLose` forbids. */
  held: string[];
}

/**
 * The tables after a read. If any content changed, a new generation begins, and every table that was read belongs to it;
 * otherwise only the moments advance. A table that was left out keeps its entry, marked as frozen. Entries of other forms,
 * and of tables of other releases, stay unchanged.
 */
export function nextTables(
  pointer: Pointer,
  tables: Tables,
  { reads, leftOut }: { reads: readonly ReadTable[]; leftOut: readonly SourceTable[] },
  { snapshot, request, nowMs }: { snapshot: string; request: string; nowMs: number },
): Next {
  const judged = reads.map((one) => {
    const entry = entryOf(tables[one.table.name], one.table.form);
    const state = stateOf(one, snapshot);
    const isHeld = entry !== undefined && losesTooMuch(entry.count, state.count, one.table.mayLose);
    return { ...one, entry, state, isHeld, isChanged: !isHeld && entry?.etag !== state.etag };
  });
  const isRaised = judged.some(({ isChanged }) => isChanged);
  const generation = isRaised ? generationAfter(pointer, nowMs) : pointer.generation;

  const next = { ...tables };
  for (const { table, entry, state, isHeld, isChanged } of judged) {
    const others = (tables[table.name] ?? []).filter(({ form }) => form !== table.form);
    const written: TableEntry =
      entry !== undefined && isHeld
        ? { ...thawed(entry), request, held: state }
        : {
            ...state,
            form: table.form,
            generation: isRaised ? generation : (entry?.generation ?? generation),
            changed: isChanged ? generation : (entry?.changed ?? generation),
            request,
          };
    next[table.name] = [written, ...others].slice(0, 2);
  }
  for (const { name, form } of leftOut) {
    const entries = tables[name];
    if (entries === undefined) continue;
    next[name] = entries.map((entry) => (entry.form === form ? { ...entry, frozen: true } : entry));
  }
  const held = judged.filter(({ isHeld }) => isHeld).map(({ table }) => table.name);
  return { generation, tables: next, held };
}

export const generationAfter = ({ generation }: Pointer, nowMs: number) =>
  Math.max(generation + 1, Math.floor(nowMs));

function stateOf({ table, read, refs, manifest }: ReadTable, snapshot: string): TableState {
  const sum = (of: (ref: ChunkRef) => number) => refs.reduce((all, ref) => all + of(ref), 0);
  const count = sum((ref) => ref.count);
  if (count !== read.count)
    throw new TypeError(
      `the chunks of ${table.name} have ${count} records, and the read had ${read.count} rows`,
    );
  return {
    manifest: manifest ?? { level: 0, refs: [...refs] },
    etag: read.etag,
    count,
    bytes: sum((ref) => ref.bytes) + Math.max(0, refs.length - 1),
    snapshot,
  };
}

const thawed = ({ frozen: _, ...entry }: TableEntry): TableEntry => entry;

const losesTooMuch = (before: number, after: number, mayLose: number) =>
  before > 0 && (before - after) / before > mayLose;
