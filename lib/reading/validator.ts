import type { Clock } from '../clock.ts';
import { CodedError } from '../errors.ts';
import { answeredGeneration, type Pointer } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { createBreaker } from './breaker.ts';
import type { Loader } from './loader.ts';
import { BrokenError } from './read-error.ts';
import type { State } from './state.ts';

/** What a container knows of the pointer. */
export interface Validated {
  state: State;
  /** When the question was put whose answer this is. */
  validatedAtMs: number;
  /** Whether the question was put for this request. */
  isNew: boolean;
  /** Why the store could not be asked when it was time to; undefined: it was, or it is not yet time. */
  staleBecause: unknown;
}

/**
 * Keeps the pointer of one dataset: asks for it again when it is no longer fresh, one question at a time per container, and
 * not at once again where nobody answers.
 */
export interface Validator {
  /**
   * @param request.fresh ask, however young memory is: the answer is no older than this call
   * @param request.notBeforeMs memory will do that was validated then or later
   * @throws StoreError where the store does not answer and memory has nothing, or is too old; BrokenError
   */
  validate(request: {
    fresh?: boolean;
    notBeforeMs?: number | undefined;
    deadlineMs: number;
  }): Promise<Validated>;
  /** Takes a pointer that this container has written, or found: `sinceMs` is when it began to. @returns whether it did */
  adopt(pointer: Pointer, sinceMs: number): Promise<boolean>;
  /** The store did not answer another question: it is not asked for a while. */
  failed(error: unknown): void;
}

/** An empty dataset: nobody has published yet. */
const nothing: Pointer = {
  revision: '',
  generation: 0,
  oldest: 0,
  readAtMs: 0,
  sweep: 0,
  tables: {},
};

/** Before the store is asked again after a failure where memory is never fresh, in ms. */
const leastIntervalMs = 100;

export function createValidator({
  ask: readPointer,
  pointers,
  loader,
  freshness: { freshForMs, staleLimitMs },
  clock,
}: {
  /** The question itself. @param deadlineMs by the clock */
  ask: (deadlineMs: number) => Promise<Pointer | undefined>;
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'tablesOf'>;
  freshness: { freshForMs: number; staleLimitMs: number };
  clock: Clock;
}): Validator {
  let memory: { state: State; validatedAtMs: number } | undefined;
  let flight: Promise<void> | undefined;
  const breaker = createBreaker(Math.max(leastIntervalMs, freshForMs), clock);

  /**
   * Puts the question. A request that joined one that is under way would get an answer older than itself, so where that
   * matters (`fresh`) it waits for the next one.
   */
  async function ask(deadlineMs: number, { fresh }: { fresh: boolean }): Promise<void> {
    const current = flight;
    if (current !== undefined && !fresh) return current;
    if (current !== undefined) {
      await current.catch(() => {}); // whoever put it hears of it
      const blocked = breaker.blocking();
      if (blocked !== undefined) throw blocked.error;
      return ask(deadlineMs, { fresh: false });
    }
    const mine = question(deadlineMs).finally(() => {
      flight = undefined;
    });
    flight = mine;
    return mine;
  }

  async function question(deadlineMs: number): Promise<void> {
    const validatedAtMs = clock.now();
    const before = memory?.state;
    try {
      const pointer = (await readPointer(deadlineMs)) ?? nothing;
      const state = await stateOf(pointer);
      breaker.succeeded();
      // What this container has published since the question was put is later than its answer.
      const isLate = memory !== undefined && memory.state !== before && isBehind(state, memory.state);
      memory = { state: isLate && memory !== undefined ? memory.state : state, validatedAtMs };
    } catch (error) {
      // A missing blob is found by a store that answers.
      if (!(error instanceof BrokenError)) breaker.failed(error);
      throw error;
    }
  }

  async function stateOf(pointer: Pointer): Promise<State> {
    const held = memory?.state;
    if (held?.pointer.revision === pointer.revision) return held;
    const { pin } = pointer;
    if (pin === undefined || pin === pointer.generation)
      return { pointer, tables: await loader.tablesOf(pointer) };
    if (held !== undefined && answeredGeneration(held.pointer) === pin)
      return { pointer, tables: held.tables };
    const archived = await pointers.readArchived(pin);
    if (archived === undefined)
      throw new CodedError(
        'snapshot_broken',
        `Generation ${pin} is pinned and not stored any more: unpin it.`,
      );
    return { pointer, tables: await loader.tablesOf(archived) };
  }

  const ageMs = () =>
    memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, clock.now() - memory.validatedAtMs);
  function isFresh(notBeforeMs: number | undefined) {
    if (memory === undefined) return false;
    const sinceMs = clock.now() - memory.validatedAtMs;
    if (sinceMs < 0) return false; // a clock that has gone back says nothing
    return notBeforeMs === undefined ? sinceMs < freshForMs : memory.validatedAtMs >= notBeforeMs;
  }

  function fromMemory(how: Pick<Validated, 'isNew' | 'staleBecause'>): Validated {
    if (memory === undefined) throw new TypeError('nothing is in memory');
    return { ...memory, ...how };
  }

  return {
    async validate({ fresh = false, notBeforeMs, deadlineMs }) {
      if (!fresh && isFresh(notBeforeMs)) return fromMemory({ isNew: false, staleBecause: undefined });
      const blocked = breaker.blocking();
      try {
        if (blocked !== undefined) throw blocked.error;
        await ask(deadlineMs, { fresh: fresh || notBeforeMs !== undefined });
      } catch (error) {
        if (error instanceof BrokenError || ageMs() > staleLimitMs) throw error;
        return fromMemory({ isNew: false, staleBecause: error });
      }
      return fromMemory({ isNew: true, staleBecause: undefined });
    },

    async adopt(pointer, sinceMs) {
      // Generations only grow. Of one generation nobody can tell which revision is the later one.
      const held = memory?.state.pointer;
      if (held !== undefined && held.revision !== pointer.revision && held.generation >= pointer.generation)
        return false;
      const state = await stateOf(pointer);
      if (memory !== undefined && memory.state.pointer !== held && isBehind(state, memory.state))
        return false;
      memory = { state, validatedAtMs: Math.max(sinceMs, memory?.validatedAtMs ?? sinceMs) };
      return true;
    },

    failed: (error) => breaker.failed(error),
  };
}

const isBehind = (a: State, b: State) => a.pointer.generation < b.pointer.generation;

/** Time since the validating request was sent, in ms. */
export const ageOf = ({ validatedAtMs }: Validated, { now }: Pick<Clock, 'now'>) =>
  Math.max(0, now() - validatedAtMs);
