import type { ChunkRef } from '../snapshots/manifest.ts';
import { type Page, pageAfter, pageBetween, recordOf } from '../snapshots/page.ts';
import type { TableEntry } from '../snapshots/pointer.ts';
import { type Coding, listBytes, type Payload, wholeList } from '../snapshots/snapshot.ts';
import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import type { BoundedMemory } from './bounded-memory.ts';
import type { Contents, LoadedRun } from './loader.ts';
import type { Need, Placed } from './need.ts';

/** How an answer came about. */
export interface Provenance {
  /** `memory`: nothing was fetched for it. */
  from: 'memory' | 'store' | 'database';
  /** How long ago, by this container's clock, the question was put whose answer this is. */
  ageMs: number;
  /** The store was due for a check and did not respond, or a refresh that was due failed. */
  stale: boolean;
  /** An operator has readers answer an older generation. */
  pinned: boolean;
  /** The last refresh could not read the table, and has left it as it was. */
  frozen: boolean;
  /** The version is of this container alone: another one does not know it. */
  local: boolean;
}

/** A table at one version, with the chunks that the request said it needs. */
export interface Served extends Provenance {
  table: Table;
  entry: TableEntry;
  /** The generation that the list is of. */
  version: number;
  /** The chunks, in key order. */
  runs: readonly LoadedRun[];
  /** The table's chunks, in key order. Needs `refs`, `chunks` or `whole`. */
  refs: readonly Placed<ChunkRef>[];
  /** Of the whole list, in no coding. */
  bytes: number;
  /** The whole list, made once while memory has room for it. Needs `whole`. */
  payload(coding: Coding): Promise<Payload>;
  /** The whole list, in no coding: put together at each call. Needs `whole`. */
  body(): Buffer;
  /** For what is made of the chunks, and kept beside them. */
  memory: BoundedMemory;
  /** Needs `after`. */
  page(range: { after: string | undefined; limit: number }): Page;
  /** Needs `positions`. */
  between(range: { from: number; to: number }): Buffer;
  /** The JSON of one record; undefined where there is none of that key. Needs `key`. */
  record(key: string): Buffer | undefined;
}

export function createServed(
  {
    table,
    entry,
    version,
    runs,
    refs,
    need,
    ...provenance
  }: Provenance & Pick<Served, 'table' | 'entry' | 'version' | 'runs' | 'refs'> & { need: Need },
  { bodies, memory }: Pick<Contents, 'bodies' | 'memory'>,
): Served {
  const { name } = table;
  const { compare } = keysOf(table.key.order);
  const { count } = entry;
  const whole = () => {
    if (need.kind !== 'whole') throw new TypeError(`${need.kind} was asked for, not the whole of ${name}`);
    return wholeList(
      name,
      runs.map(({ chunk }) => chunk.segment),
    );
  };
  return {
    ...provenance,
    ...{ table, entry, version, runs, refs },
    bytes: listBytes(name, entry.bytes),
    memory,
    body: () => whole().body(),
    async payload(coding) {
      const key = `${name} ${entry.etag} ${coding}`;
      const kept = bodies.get(key);
      if (kept !== undefined) return kept;
      const made = whole().payload(coding);
      bodies.put(key, made, entry.bytes); // until it is known what it takes
      const { body, isBase64Encoded } = await made;
      bodies.put(key, made, isBase64Encoded ? body.length : 2 * body.length);
      return made;
    },
    page: (range) => pageAfter(runs, range, { name, count, compare }),
    between: (range) => pageBetween(runs, range, name),
    record: (key) => recordOf(runs, key, compare),
  };
}
