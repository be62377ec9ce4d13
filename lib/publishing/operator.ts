import { CodedError } from '../errors.ts';
import { answeredGeneration, type Pointer, type Tables } from '../snapshots/pointer.ts';
import type { BlobStore } from '../stores/blobs.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { readTables } from '../stores/read-manifest.ts';
import { fitPointer } from './fit-pointer.ts';
import { generationAfter } from './next-tables.ts';
import { readOrCreatePointer, replacePointer } from './replace-pointer.ts';

/** An operator's command that is impossible in the current state. */
export class RefusedError extends CodedError {}

export interface OperatorDeps {
  pointers: PointerStore;
  blobs: BlobStore;
  nowMs: () => number;
  /** Makes a unique name. */
  newId: () => string;
  pointerBytes?: number;
}

/** A generation that readers can ask for. */
export interface ListedGeneration {
  generation: number;
  /** Whether it was published last. */
  isCurrent: boolean;
  /** Whether lists show it: the pinned generation, or the current one if none is pinned. */
  isAnswered: boolean;
  isPinned: boolean;
  /** Undefined if its blobs cannot be read. */
  tables: Tables | undefined;
}

const generationsPerPage = 50;

/** The published generation, the generations in history, newest first, and the pinned one. */
export async function* listGenerations({
  pointers,
  blobs,
  newId,
}: Omit<OperatorDeps, 'nowMs'>): AsyncGenerator<ListedGeneration> {
  const pointer = await readOrCreatePointer(pointers, newId);
  const listed = async (one: Pointer): Promise<ListedGeneration> => ({
    generation: one.generation,
    isCurrent: one.generation === pointer.generation,
    isAnswered: one.generation === answeredGeneration(pointer),
    isPinned: one.generation === pointer.pin,
    tables: await readTables(blobs, one).catch(() => undefined),
  });
  if (pointer.generation === 0) return;
  yield await listed(pointer);
  for (let before = pointer.generation; ; ) {
    const archived = await pointers.listArchived({ before, limit: generationsPerPage });
    for (const one of archived) {
      if (one.generation < pointer.oldest && one.generation !== pointer.pin) continue;
      yield await listed(one);
    }
    const last = archived.at(-1);
    if (last === undefined) return;
    before = last.generation;
  }
}

/**
 * Finds a kept generation.
 * @throws RefusedError `version_unknown`, `version_gone`
 */
export async function readGeneration(
  { pointers, newId }: Pick<OperatorDeps, 'pointers' | 'newId'>,
  generation: number,
): Promise<Pointer> {
  const pointer = await readOrCreatePointer(pointers, newId);
  return kept(pointers, pointer, generation);
}

async function kept(pointers: PointerStore, pointer: Pointer, generation: number): Promise<Pointer> {
  if (generation === pointer.generation && generation > 0) return pointer;
  if (generation > pointer.generation || generation === 0)
    throw new RefusedError(
      'version_unknown',
      `Generation ${generation} was never published; the published one is ${pointer.generation}.`,
    );
  const isKept = generation >= pointer.oldest || generation === pointer.pin;
  const archived = isKept ? await pointers.readArchived(generation) : undefined;
  if (archived === undefined)
    throw new RefusedError(
      'version_gone',
      `Generation ${generation} is not kept: \`list\` shows the kept ones.`,
    );
  return archived;
}

/**
 * Pins a generation: readers serve it, also after later publications.
 * @throws RefusedError
 */
export const pin = (deps: OperatorDeps, generation: number): Promise<Pointer> =>
  change(deps, async (pointer) => {
    await kept(deps.pointers, pointer, generation);
    return { pointer: { ...pointer, pin: generation } };
  });

export const unpin = (deps: OperatorDeps): Promise<Pointer> =>
  change(deps, async ({ pin, ...pointer }) => {
    if (pin === undefined) throw new RefusedError('not_pinned', 'No generation is pinned.');
    return { pointer };
  });

/**
 * Begins history at the published generation: readers no longer find earlier ones, except for a pinned one. Drops the forms
 * of other releases; a release that still needs its form publishes it again. The next sweep deletes the blobs.
 */
export const forget = (deps: OperatorDeps): Promise<Pointer> =>
  change(deps, async (pointer, tables) => {
    const newest = Object.entries(tables).map(([name, entries]) => [name, entries.slice(0, 1)] as const);
    return {
      pointer: { ...pointer, oldest: Math.max(pointer.oldest, pointer.generation) },
      tables: Object.fromEntries(newest),
    };
  });

/**
 * Empties the pointer. The next refresh or reader publishes every table again. Pin, history and sweep number stay.
 */
export const reset = (deps: OperatorDeps): Promise<Pointer> =>
  change(deps, async (pointer) => ({
    pointer: { ...pointer, generation: generationAfter(pointer, deps.nowMs()), readAtMs: 0 },
    tables: {},
  }));

/**
 * Publishes the held state of a table.
 * @throws RefusedError
 */
export const accept = (deps: OperatorDeps, table: string): Promise<Pointer> =>
  change(deps, async (pointer, tables) => {
    const entries = tables[table] ?? [];
    if (!entries.some(({ held }) => held !== undefined))
      throw new RefusedError('nothing_held', `The table ${table} has no held state.`);
    const generation = generationAfter(pointer, deps.nowMs());
    const accepted = entries.map(({ held, ...entry }) =>
      held === undefined ? entry : { ...entry, ...held, generation, changed: generation },
    );
    return { pointer: { ...pointer, generation }, tables: { ...tables, [table]: accepted } };
  });

/**
 * Changes the pointer by compare-and-set. Starts over if another writer replaced it. Archives the pointer first if the
 * change ends its generation.
 */
async function change(
  { pointers, blobs, newId, pointerBytes }: OperatorDeps,
  make: (pointer: Pointer, tables: Tables) => Promise<{ pointer: Pointer; tables?: Tables }>,
): Promise<Pointer> {
  for (;;) {
    const before = await readOrCreatePointer(pointers, newId);
    const made = await make(before, await readTables(blobs, before));
    let next: Pointer = { ...made.pointer, revision: newId() };
    if (made.tables !== undefined) {
      const { root: _, ...rest } = next;
      const fitted = fitPointer({ ...rest, tables: made.tables }, pointerBytes);
      next = fitted.pointer;
      const put = await Promise.all(fitted.blobs.map((blob) => blobs.put(blob, before.sweep)));
      if (put.includes(false)) continue; // a sweep has begun
    }
    if (next.generation !== before.generation && before.generation > 0) await pointers.archive(before);
    if (await replacePointer(pointers, next, before.revision)) return next;
  }
}
