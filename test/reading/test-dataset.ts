import { createHash } from 'node:crypto';
import type { ReadRequest } from '../../lib/reading/read-request.ts';
import { createReader, type ReaderDeps } from '../../lib/reading/reader.ts';
import type { Refreshed, RefreshRequest } from '../../lib/reading/refresher.ts';
import type { Served } from '../../lib/reading/served.ts';
import { toChunk } from '../../lib/snapshots/chunk.ts';
import { encodeRoot } from '../../lib/snapshots/manifest-segment.ts';
import { packManifest } from '../../lib/snapshots/pack-manifest.ts';
import type { Pointer, TableEntry, Tables } from '../../lib/snapshots/pointer.ts';
import type { Blob } from '../../lib/stores/blobs.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import type { Table } from '../../lib/tables/table.ts';
import { cutAll } from '../fakes/cut-all.ts';
import { type Call, intercept } from '../fakes/intercept.ts';
import { naiveEtag, recordOf } from '../fakes/records.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { categories } from '../support/tables/categories.ts';
import { topics } from '../support/tables/topics.ts';

export const freshForMs = 1_000;
export const staleLimitMs = 60_000;
export const transactionWaitMs = 2_000;
export const manyMs = 30_000;

/** Another definition of the same table. */
export const otherForm = createHash('sha256').update('another form').digest('base64url');

/** Records of consecutive keys. */
export const recordsOf = (count: number, value: unknown = 'a value', first = 1) =>
  Array.from({ length: count }, (_, at) => recordOf(String(first + at), value));

export const wholeOf = () => ({ kind: 'whole' }) as const;

/** A refresh that left nothing out. */
export const published = (
  pointer: Pointer,
  more: Partial<Extract<Refreshed, { pointer: Pointer }>> = {},
): Refreshed => ({ outcome: 'published', pointer, pending: [], leftOut: new Map(), held: [], ...more });

interface Change {
  /** The published records of each table. */
  rows: Record<string, readonly StoredRecord[]>;
  /** The moment, `pg_current_snapshot()`. */
  snapshot?: string;
  form?: string;
  /** The `request` of the refresh that read it. */
  request?: string;
  /** The names of tables that are left out. */
  frozen?: readonly string[];
  rest?: Partial<Pointer>;
  /** Whether the entries are stored in a blob. */
  hasRoot?: boolean;
}

/** A dataset of two tables in stores in memory, and containers that read it. Records the calls of the stores. */
export function createTestDataset({
  chunkBytes = 100,
  manifestBytes = 400,
  tables = [topics, categories],
}: {
  chunkBytes?: number;
  manifestBytes?: number;
  tables?: readonly Table[];
} = {}) {
  const clock = createTestClock();
  const reported = createReported();
  const pointers = createMemoryPointers();
  const blobs = createMemoryBlobs();
  const calls: Call[] = [];
  /** The errors of the stores, and promises that delay their answers. */
  const down: { store?: Error | undefined; blobs?: Error | undefined; slow?: Promise<void> } = {};
  const damaged = new Map<string, 'missing' | 'corrupt'>();
  let requests = 0;
  let revisions = 0;
  let known: Tables = {};
  const refreshes: (RefreshRequest | { catchUp: true })[] = [];
  const dataset = {
    refresh: async (_: RefreshRequest): Promise<Refreshed> => {
      throw new TypeError('a refresh was not expected');
    },
  };

  /** Stores the blobs of rows. @returns their manifest and ETag */
  async function stored(rows: readonly StoredRecord[], form: string, sweep: number) {
    const chunks = (await cutAll(rows, { fillBytes: chunkBytes, mostBytes: 2 * chunkBytes })).map(toChunk);
    const { manifest, segments } = packManifest(
      { level: 0, refs: chunks.map(({ ref }) => ref) },
      manifestBytes,
    );
    for (const { pack } of chunks) await blobs.put(await pack(), sweep);
    for (const segment of segments) await blobs.put(segment, sweep);
    const etag = createHash('sha256')
      .update(`${form} ${naiveEtag(rows)}`)
      .digest('base64url');
    const bytes = rows.reduce((sum, { json }) => sum + 1 + Buffer.byteLength(json), -1);
    return { manifest, etag, count: rows.length, bytes: Math.max(0, bytes) };
  }

  async function publish({ rows, snapshot = '700:700:', rest = {}, hasRoot = false, ...change }: Change) {
    const before = await pointers.read();
    requests += 1;
    const request = change.request ?? `incarnation ${requests}`;
    clock.advance(1);
    const { sweep = 0 } = before ?? {};
    const read: [string, TableEntry][] = [];
    for (const [name, records] of Object.entries(rows)) {
      const form = change.form ?? tables.find((table) => table.name === name)?.form ?? '';
      const state = await stored(records, form, sweep);
      const old = known[name]?.find((entry) => entry.form === form);
      const isSame = old?.etag === state.etag;
      const now = clock.now();
      read.push([
        name,
        { ...state, snapshot, form, request, generation: now, changed: isSame ? (old?.changed ?? now) : now },
      ]);
    }
    for (const [name, entry] of read) {
      const others = (known[name] ?? []).filter(({ form }) => form !== entry.form);
      known = { ...known, [name]: [entry, ...others].slice(0, 2) };
    }
    for (const name of change.frozen ?? [])
      known = { ...known, [name]: (known[name] ?? []).map((entry) => ({ ...entry, frozen: true })) };
    const generation = clock.now();
    const root = encodeRoot(known);
    if (hasRoot) await blobs.put(root, sweep);
    return put({
      generation,
      oldest: before?.oldest ?? 0,
      readAtMs: clock.now(),
      sweep,
      ...(before?.pin === undefined ? {} : { pin: before.pin }),
      ...(hasRoot ? { tables: {}, root: root.hash } : { tables: known }),
      ...rest,
    });
  }

  async function put(pointer: Omit<Pointer, 'revision'>): Promise<Pointer> {
    const before = await pointers.read();
    if (before !== undefined) await pointers.archive(before);
    revisions += 1;
    const next = { ...pointer, revision: `revision ${revisions}` };
    await pointers.replace(next, before?.revision);
    return next;
  }

  /** Writes another revision of the same generation, without a change of content. */
  async function amend(change: (pointer: Pointer) => Partial<Pointer>): Promise<Pointer> {
    const before = await pointers.read();
    if (before === undefined) throw new TypeError('nothing is published');
    return put({ ...before, ...change(before) });
  }

  const watched = {
    pointers: intercept(pointers, async (call, proceed) => {
      calls.push(call);
      if (down.store !== undefined) throw down.store;
      const result = await proceed();
      await down.slow;
      return result;
    }),
    blobs: {
      async read(hashes: readonly string[]) {
        calls.push({ method: 'blobs', args: [hashes] });
        const error = down.blobs ?? down.store;
        if (error !== undefined) throw error;
        const found = await blobs.read(hashes.filter((hash) => damaged.get(hash) !== 'missing'));
        return found.map((blob) =>
          damaged.get(blob.hash) === 'corrupt' ? { ...blob, body: Buffer.from('corrupt') } : blob,
        );
      },
    },
  };

  function container(deps: Partial<ReaderDeps> = {}) {
    const reader = createReader({
      ...watched,
      refresher: async () => ({
        async refresh(request) {
          refreshes.push(request);
          return dataset.refresh(request);
        },
        async catchUp({ deadlineMs }) {
          refreshes.push({ catchUp: true });
          return dataset.refresh({ deadlineMs, wait: true, lingerMs: 0 });
        },
      }),
      freshness: { freshForMs, staleLimitMs, transactionWaitMs },
      memoryBytes: 10_000_000,
      clock,
      report: reported.report,
      ...deps,
    });
    return {
      ...reader,
      read: (request: Partial<ReadRequest> = {}) =>
        reader.read({ table: topics, need: wholeOf, deadlineMs: clock.now() + manyMs, ...request }),
    };
  }

  return Object.assign(dataset, {
    ...{ clock, reported, pointers, blobs, down, damaged, refreshes, calls, publish, amend, container },
    /** A container with its own stores, whose refreshes read these rows: the reader without the shared stores. */
    alone(rows: () => Promise<Refreshed>) {
      const refresher = { refresh: rows, catchUp: rows };
      return container({ isLocal: true, refresher: async () => refresher });
    },
    /** All stored blobs. */
    async stored(): Promise<Blob[]> {
      const { seen } = await blobs.scan(undefined);
      return blobs.read(seen.map(({ hash }) => hash));
    },
    /** The number of calls of a stores' method since the previous count. */
    count(method: string) {
      const found = calls.filter((call) => call.method === method).length;
      const others = calls.filter((call) => call.method !== method);
      calls.splice(0, calls.length, ...others);
      return found;
    },
    /** The hashes of the blobs that were read since the previous call. */
    fetched(): string[] {
      const hashes = calls.flatMap(({ method, args }) => (method === 'blobs' ? args.flat(2) : []));
      calls.splice(0, calls.length);
      return hashes.map(String);
    },
  });
}

export type TestDataset = ReturnType<typeof createTestDataset>;

/** The records of a whole list, as a client parses them. */
export const textOf = (served: Served) => served.body().toString();
