import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import { type Chunk, unpack } from '../../lib/snapshots/chunk.ts';
import type { Pointer, TableEntry, TableState, Tables } from '../../lib/snapshots/pointer.ts';
import type { BlobStore, BlobSweep } from '../../lib/stores/blobs.ts';
import type { PointerStore } from '../../lib/stores/pointers.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';
import type { RefreshRequests } from '../../lib/stores/requests.ts';
import { isFinishedIn, type ModelledDatabase, type ModelledMoment } from '../fakes/modelled-database.ts';
import { etagOf } from '../fakes/modelled-source.ts';
import { textOf } from './fingerprint.ts';
import type { Scheduler } from './scheduler.ts';
import { historyForMs, type WorldOptions } from './world.ts';

export type Release = 'old' | 'new';
const forms = { old: hash('sha256', 'old', 'base64url'), new: hash('sha256', 'new', 'base64url') };
export const formOf = (release: Release) => forms[release];

export type WriteKind = 'publish' | 'sweep' | 'pin' | 'unpin' | 'forget' | 'reset' | 'accept';

/** How often each rule was checked, over all plays: a rule that is never checked proves nothing. */
export const exercised = new Map<string, number>();

/** The moments of the database at which the content of an entry was read. */
interface Truth {
  entry: ModelledMoment;
  held: ModelledMoment | undefined;
}
const Record_ = z.object({ transactionIds: z.array(z.string()) });
const unread = ['manifest', 'frozen'];
/** An entry without what can change although the table was not read: a packed manifest, the mark of a left-out table. */
const asRead = (entry: TableEntry) =>
  JSON.stringify(entry, (name, value: unknown) => (unread.includes(name) ? undefined : value));
/** The records of a chunk, by its body, which never changes. */
const opened = new WeakMap<Uint8Array, string>();
function recordsOf(chunk: Chunk): string {
  const known = opened.get(chunk.body);
  if (known !== undefined) return known;
  const records = unpack(chunk).open().records.toString();
  opened.set(chunk.body, records);
  return records;
}
const keyOf = (table: string, form: string) => `${table} ${form}`;

/** The rules: checked at each change of what is shared, and at rest. They read stores and database directly, without faults. */
export function createInvariants({
  scheduler: { now, violation, shared, steps },
  database,
  pointers,
  blobs,
  requests,
  calm,
  skewed,
  mostReads,
  known,
}: WorldOptions & {
  scheduler: Scheduler;
  database: ModelledDatabase;
  pointers: PointerStore;
  blobs: BlobStore & BlobSweep;
  requests: RefreshRequests;
}) {
  let truths = new Map<string, Truth>();
  /** The latest moment of each entry, kept across a reset. */
  const newest = new Map<string, ModelledMoment>();
  const momentOfGeneration = new Map<number, ModelledMoment>();
  const contentOfGeneration = new Map<number, Map<string, string>>();
  const momentsOfRevision = new Map<string, ReadonlyMap<string, Truth>>();
  const replacedAtMs = new Map<number, number>();
  const bodies = new Map<string, () => string>();
  let forgottenBelow = 0;
  /** Blobs that an accident deleted. */
  const lost = new Set<string>();
  const recorded: {
    finished: ModelledMoment;
    transactions: ReturnType<ModelledDatabase['transactionOf']>[];
  }[] = [];
  let reads = 0;
  const answers: (readonly [caller: string, answer: unknown])[] = [];

  /** Whether an earlier play has checked the steps so far. */
  const isChecked = () => steps() <= (known?.steps ?? -1);

  function check(holds: boolean, rule: string, facts: unknown = '') {
    exercised.set(rule, (exercised.get(rule) ?? 0) + 1);
    if (!holds) violation(`${rule} ${textOf(facts)}`);
  }

  async function bodyOf(state: TableState): Promise<string | undefined> {
    const { refs } = await readChunkRefs(blobs, state.manifest);
    const stored = new Map((await blobs.read(refs.map(({ hash }) => hash))).map((blob) => [blob.hash, blob]));
    const bodies = refs.map(({ hash }) => stored.get(hash)).map((blob) => blob && recordsOf(blob));
    return bodies.includes(undefined) ? undefined : bodies.join(',');
  }
  const bodyAt = (table: string, moment: ModelledMoment) =>
    database
      .recordsIn(table, moment)
      .map(({ json }) => json)
      .join(',');

  /** Whether a state is its table at one moment, in its chunks as well. */
  async function isContent(table: string, form: string, state: TableState, moment: ModelledMoment) {
    if (isChecked()) return true;
    const isSame = state.etag === etagOf(form, database.recordsIn(table, moment));
    if (!isSame || state.snapshot === '' || lost.size > 0) return isSame;
    return (await bodyOf(state)) === bodyAt(table, moment);
  }

  async function namesWhatIsThere(pointer: Pointer, rule: string) {
    if (lost.size > 0 || isChecked()) return;
    try {
      const tables = await readTables(blobs, pointer);
      for (const { manifest, held } of Object.values(tables).flat())
        for (const one of held === undefined ? [manifest] : [manifest, held.manifest]) {
          const { refs } = await readChunkRefs(blobs, one);
          const found = await blobs.read(refs.map(({ hash }) => hash));
          check(found.length === refs.length, rule, pointer);
        }
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      check(false, rule, error.message);
    }
  }

  async function keptGenerations(pointer: Pointer) {
    const archived = await pointers.listArchived({ limit: 1_000 });
    // An archive of the current generation is a late publisher's; the winner's archive replaces it.
    return archived.filter(
      ({ generation }) =>
        generation < pointer.generation && (generation >= pointer.oldest || generation === pointer.pin),
    );
  }

  function sameContent(generation: number, tables: Tables) {
    const content = contentOfGeneration.get(generation) ?? new Map<string, string>();
    contentOfGeneration.set(generation, content);
    for (const [table, entries] of Object.entries(tables))
      for (const { form, etag } of entries) {
        const key = keyOf(table, form);
        const before = content.get(key);
        check(before === undefined || before === etag, 'a generation has one content', [generation, key]);
        content.set(key, etag);
        shared.put(`content of ${generation} ${key}`, etag);
      }
  }

  return {
    check,
    calm,
    answers: () => answers.map(([caller, answer]) => `${caller}: ${textOf(answer)}`),
    /** Notes a response. */
    answered(caller: string, answer: unknown) {
      if (!isChecked()) answers.push([caller, answer]);
    },
    tablesRead() {
      reads += 1;
      if (mostReads !== undefined) shared.put('reads', reads);
    },
    recorded(request: unknown) {
      const { transactionIds } = Record_.parse(request);
      const transactions = transactionIds.map(database.transactionOf);
      const finished = database.moment();
      recorded.push({ finished, transactions });
      shared.put('recorded', finished.at); // later ones demand more
      for (const one of transactions)
        if (one !== undefined) shared.put(`recorded ${one.xid} ${database.crashes()}`, '');
    },

    async pointerReplaced(
      before: Pointer,
      after: Pointer,
      kind: WriteKind,
      moment: ModelledMoment | undefined,
    ) {
      shared.append('replacements', `${kind} ${textOf(after)} ${moment?.at} ${moment?.snapshot}`);
      const facts = [kind, before, after];
      check(after.generation >= before.generation, 'monotone: a generation is never lower', facts);
      check(after.sweep >= before.sweep, 'the number of sweeps never falls', facts);
      check(after.oldest >= before.oldest, 'what is not kept never comes back', facts);
      if (kind !== 'pin' && kind !== 'unpin') check(after.pin === before.pin, 'no pin is lost', facts);
      check(Buffer.byteLength(JSON.stringify(after)) <= 4_096, 'bounded: a pointer is at most 4 KB');
      const oldTables = await readTables(blobs, before).catch((): Tables => ({}));
      const tables = await readTables(blobs, after);
      const isRaised = after.generation > before.generation;
      if (isRaised && moment !== undefined && kind === 'publish')
        momentOfGeneration.set(after.generation, moment);

      const next = new Map<string, Truth>();
      for (const [table, entries] of Object.entries(tables)) {
        check(entries.length <= 2, 'bounded: a table has two forms at most', facts);
        for (const entry of entries) {
          const was = oldTables[table]?.find(({ form }) => form === entry.form);
          const truth = truthOf(table, entry, was, kind, moment);
          if (truth === undefined) {
            check(false, 'only a read publishes', facts);
            continue;
          }
          next.set(keyOf(table, entry.form), truth);
          bodies.set(entry.etag, () => bodyAt(table, truth.entry));
          await entryIsTrue(table, entry, was, truth, { isRaised, generation: after.generation });
          if (kind === 'accept' && was?.held !== undefined)
            momentOfGeneration.set(after.generation, truth.entry);
          const atRaise = momentOfGeneration.get(entry.generation);
          if (atRaise !== undefined && !isChecked())
            check(
              entry.etag === etagOf(entry.form, database.recordsIn(table, atRaise)),
              'untorn: what carries one Snapshot-Version is of one moment',
              [entry, facts],
            );
        }
      }
      truths = next;
      momentsOfRevision.set(after.revision, next);
      sameContent(after.generation, tables);
      if (isRaised) {
        replacedAtMs.set(before.generation, after.generation); // the end of one is the number of the next
        if (before.generation > 0)
          check(
            (await pointers.readArchived(before.generation)) !== undefined,
            'history: what is replaced is archived before',
            facts,
          );
      }
      if (kind === 'forget') forgottenBelow = after.generation;
      if (isChecked()) return;
      await namesWhatIsThere(after, 'nothing that the pointer names is deleted');
      for (const kept of await keptGenerations(after))
        if (kept.generation === before.generation)
          await namesWhatIsThere(kept, 'nothing that a kept generation names is deleted');
      await historyIsKept(after);
    },

    async archived(generation: number) {
      const archived = await pointers.readArchived(generation);
      if (archived === undefined) return;
      const tables = await readTables(blobs, archived).catch(() => undefined);
      if (tables !== undefined) sameContent(generation, tables);
      const pointer = await pointers.read();
      if (pointer === undefined || isChecked()) return;
      for (const kept of await keptGenerations(pointer))
        if (kept.generation === generation)
          await namesWhatIsThere(archived, 'nothing that a kept generation names is deleted');
    },
    blobPut(hash: string) {
      if (lost.delete(hash)) shared.drop(`lost ${hash}`);
    },
    async blobsDeleted() {
      if (isChecked()) return;
      const pointer = await pointers.read();
      if (pointer === undefined) return;
      await namesWhatIsThere(pointer, 'nothing that the pointer names is deleted');
      for (const kept of await keptGenerations(pointer))
        await namesWhatIsThere(kept, 'nothing that a kept generation names is deleted');
    },
    /** Deletes a chunk that the pointer names. Only a repair restores it. */
    async loseChunk(at: number) {
      const pointer = await pointers.read();
      if (pointer === undefined) return;
      const tables = await readTables(blobs, pointer).catch((): Tables => ({}));
      const refs = Object.values(tables)
        .flat()
        .flatMap(({ manifest }) => manifest.refs);
      const hash = refs[at % Math.max(1, refs.length)]?.hash;
      const seen = (await blobs.scan(undefined)).seen.find((one) => one.hash === hash);
      if (seen === undefined) return;
      await blobs.deleteSeen(seen);
      lost.add(seen.hash);
      shared.drop(`blob ${seen.hash}`);
      shared.put(`lost ${seen.hash}`, '');
    },

    /** The truth of each entry of a pointer, by table and form. */
    truthsOf: (revision: string) => momentsOfRevision.get(revision) ?? new Map<string, Truth>(),
    keyOf,
    bodyOfEtag: (etag: string) => bodies.get(etag)?.(),
    contentOf: (generation: number) => contentOfGeneration.get(generation),
    /** The newest generation that was replaced. */
    replacedGeneration: () => [...replacedAtMs.keys()].filter((generation) => generation > 0).at(-1),

    /** At rest, when the schedule has found nothing open. */
    async converged() {
      const state = await requests.read();
      const nothingOpen =
        state === undefined || (state.served >= state.requested && state.pending.size === 0);
      check(nothingOpen, 'no change lost: nothing stays open', state);
      if (recorded.length === 0) return;
      const pointer = await pointers.read();
      if (pointer === undefined) return check(false, 'no change lost: something is published');
      const tables = await readTables(blobs, pointer);
      for (const [table, [entry]] of Object.entries(tables)) {
        const truth = entry && truths.get(keyOf(table, entry.form));
        if (truth === undefined) continue;
        const moment = truth.held ?? truth.entry;
        for (const { finished, transactions } of recorded) {
          check(
            moment.at >= finished.at,
            'no change lost: what was finished when a request was recorded is published',
            [...[table, moment, finished]],
          );
          for (const transaction of transactions)
            if (transaction !== undefined && database.transactionOf(String(transaction.xid)) === transaction)
              check(
                isFinishedIn(moment, transaction),
                'no change lost: a transaction that was recorded is published',
                [table, String(transaction.xid), moment.at],
              );
        }
      }
    },

    /** For a play in which every committed change was recorded. */
    async publishedIsTheTable() {
      const pointer = await pointers.read();
      if (pointer === undefined) return;
      for (const [table, entries] of Object.entries(await readTables(blobs, pointer))) {
        const [entry] = entries;
        if (entry === undefined) continue;
        const { etag } = entry.held ?? entry;
        check(
          etag === etagOf(entry.form, database.recordsIn(table)),
          'no change lost: what is published is the table',
          [table, entry],
        );
      }
    },

    /** After two sweeps at rest. */
    async noGarbage() {
      const pointer = await pointers.read();
      if (pointer === undefined || lost.size > 0) return;
      const named = new Set<string>();
      for (const one of [pointer, ...(await keptGenerations(pointer))]) {
        if (one.root !== undefined) named.add(one.root);
        for (const { manifest, held } of Object.values(await readTables(blobs, one)).flat())
          for (const state of held === undefined ? [manifest] : [manifest, held.manifest]) {
            const { refs, segments } = await readChunkRefs(blobs, state);
            for (const hash of [...segments, ...refs.map(({ hash }) => hash)]) named.add(hash);
          }
      }
      const { seen } = await blobs.scan(undefined);
      const garbage = seen.filter(({ hash }) => !named.has(hash));
      check(garbage.length === 0, 'no garbage after two sweeps', garbage);
      const archived = await pointers.listArchived({ before: pointer.generation, limit: 1_000 });
      const kept = await keptGenerations(pointer);
      check(archived.length === kept.length, 'no generation below the history after two sweeps', archived);
    },

    /** Before the schedule runs. Where clocks differ by minutes, a lease saves no reads. */
    readsAreFew() {
      if (mostReads !== undefined && !skewed)
        check(reads <= mostReads, 'storm-proof: an event costs one read for each form', reads);
    },

    /** The content of the stores and of the database. */
    async content(): Promise<string> {
      const { seen } = await blobs.scan(undefined);
      const stored = seen.map(({ hash, sweep }) => `${hash} ${sweep}`).sort();
      const kept = await pointers.listArchived({ limit: 1_000 });
      const tables = ['topics', 'tags'].map((table) => database.recordsIn(table));
      return [await pointers.read(), kept, stored, await requests.read(), database.snapshot(), tables]
        .map(textOf)
        .join('\n');
    },

    /** For a play without mishaps, before the schedule runs. */
    async nothingIsLeft({ allLinger }: { allLinger: boolean }) {
      const state = await requests.read();
      if (state === undefined) return;
      check(
        !allLinger || state.served >= state.requested,
        'every ticket is served before the schedule runs',
        state,
      );
      check(state.lease === undefined, 'every lease is released', state);
    },
  };

  function truthOf(
    table: string,
    entry: TableEntry,
    was: TableEntry | undefined,
    kind: WriteKind,
    moment: ModelledMoment | undefined,
  ): Truth | undefined {
    const before = truths.get(keyOf(table, entry.form));
    if (was !== undefined && before !== undefined) {
      const { held: heldNow, ...rest } = entry;
      const { held: heldBefore, ...restBefore } = was;
      const isSame = asRead(entry) === asRead(was);
      if (kind === 'publish' && entry.frozen === true)
        check(isSame, 'a table that is left out stays as it was', [entry, was]);
      if (isSame) return before;
      if (kind === 'accept' && heldBefore !== undefined && before.held !== undefined)
        return { entry: before.held, held: undefined };
      if (heldNow !== undefined && rest.snapshot === restBefore.snapshot && rest.etag === restBefore.etag)
        return moment && { entry: before.entry, held: moment };
    }
    return kind === 'publish' && moment !== undefined ? { entry: moment, held: undefined } : before;
  }

  async function entryIsTrue(
    table: string,
    entry: TableEntry,
    was: TableEntry | undefined,
    truth: Truth,
    { isRaised, generation }: { isRaised: boolean; generation: number },
  ) {
    const { form } = entry;
    const facts = [table, entry, truth.entry.at];
    const isTrue = await isContent(table, form, entry, truth.entry);
    check(isTrue, 'untorn: an entry is one moment of its table', facts);
    check(entry.snapshot === truth.entry.snapshot, 'an entry has the moment of its own read', facts);
    if (entry.held !== undefined && truth.held !== undefined) {
      const isHeldTrue = await isContent(table, form, entry.held, truth.held);
      check(isHeldTrue, 'untorn: what is held back is one moment of its table', facts);
      check(truth.held.at >= truth.entry.at, 'what is held back is newer than what is served', facts);
    }
    const key = keyOf(table, form);
    const last = newest.get(key);
    check(last === undefined || truth.entry.at >= last.at, 'monotone: no moment goes back', [
      facts,
      last?.at,
    ]);
    newest.set(key, truth.entry);
    const isLabelled = was === undefined || entry.generation === was.generation || isRaised;
    check(
      isLabelled && entry.generation <= generation,
      'a generation is named by the write that raised it',
      facts,
    );
    if (was !== undefined && was.etag === entry.etag)
      check(entry.changed === was.changed, 'unneeded work is free: the same rows keep their change', facts);
  }

  /** A generation is kept for the history's time after its replacement, unless an operator has forgotten it. */
  async function historyIsKept(pointer: Pointer) {
    if (skewed) return;
    for (const [generation, atMs] of replacedAtMs) {
      if (generation === 0 || generation < forgottenBelow || atMs <= now() - historyForMs) continue;
      check(generation >= pointer.oldest, 'history: what was replaced within its time is kept', [
        generation,
        pointer,
      ]);
    }
  }
}
