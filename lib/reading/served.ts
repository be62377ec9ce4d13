import type { ChunkRef } from '../snapshots/manifest.ts';
import { type Page, pageAfter, pageBetween, recordOf } from '../snapshots/page.ts';
import type { TableEntry } from '../snapshots/pointer.ts';
import { type Coding, listBytes, type Payload, wholeList } from '../snapshots/snapshot.ts';
import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import type { BoundedMemory } from './bounded-memory.ts';
import type { Contents, LoadedRun } from './contents.ts';
import type { Need, Placed } from './need.ts';

/** How an answer was made. */
export interface Provenance {
  /** `memory`: nothing was fetched. */
  from: 'memory' | 'store' | 'database';
  /** Age: time since the validating request was sent, by this container's clock. */
  ageMs: number;
  /** The store was due for a check and did not respond, or a due refresh failed. */
  stale: boolean;
  /** An operator has pinned an older generation. */
  pinned: boolean;
  /** The last refresh could not read this table: it keeps its earlier content. */
  frozen: boolean;
  /** Only this container knows the version. */
  local: boolean;
}

/** A table at one version, with the chunks that the request needs. */
export interface Served extends Provenance {
  table: Table;
  entry: TableEntry;
  /** The generation of the list. */
  version: number;
  /** The chunks, in key order. */
  runs: readonly LoadedRun[];
  /** The refs of the table's chunks, in key order. Requires the need `refs`, `chunks` or `whole`. */
  refs: readonly Placed<ChunkRef>[];
  /** The size of the whole list without a coding. */
  bytes: number;
  /** The whole list, made once as long as memory keeps it. Requires the need `whole`. */
  payload(coding: Coding): Promise<Payload>;
  /** The whole list without a coding, built on each call. Requires the need `whole`. */
  body(): Buffer;
  /** For data that is derived from chunks, and evicted with them. */
  memory: BoundedMemory;
  /** Requires the need `after`. */
  page(range: { after: string | undefined; limit: number }): Page;
  /** Requires the need `positions`. */
  between(range: { from: number; to: number }): Buffer;
  /** The JSON of one record; undefined if the key does not exist. Requires the need `key`. */
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
    if (need.kind !== 'whole')
      throw new TypeError(`${need.kind} was requested, but the whole of ${name} is needed`);
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
      bodies.put(key, made, entry.bytes); // a preliminary size, until the body is made
      const { body, isBase64Encoded } = await made;
      bodies.put(key, made, isBase64Encoded ? body.length : 2 * body.length);
      return made;
    },
    page: (range) => pageAfter(runs, range, { name, count, compare }),
    between: (range) => pageBetween(runs, range, name),
    record: (key) => recordOf(runs, key, compare),
  };
}
