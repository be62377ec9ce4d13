import type { Clock } from '../clock.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import type { Loader } from './loader.ts';
import { createPointerStates } from './pointer-states.ts';
import { BrokenError } from './read-error.ts';
import type { State } from './state.ts';

/** What a container knows about the pointer. */
export interface Validated {
  state: State;
  /** When the validating request was sent. */
  validatedAtMs: number;
  /** Whether it was sent for this request. */
  isNew: boolean;
  /** Why revalidation failed when it was due; undefined: it succeeded, or is not due. */
  staleBecause: unknown;
}

/** A read of the pointer that was sent before the reader was created, and therefore before any other. */
export interface SentRead {
  /** When it was sent, by the clock. */
  sentAtMs: number;
  pointer: Promise<Pointer | undefined>;
}

/**
 * Keeps the pointer of one dataset and revalidates it when it is stale: one read at a time per container, with
 * back-off while the store fails.
 */
export interface Validator {
  /**
   * Reads the pointer before the first request asks for it. A failure counts like that of any other read, and is the
   * first request's to report.
   * @returns undefined after a failure
   */
  start(sent?: SentRead): Promise<State | undefined>;
  /**
   * @param request.fresh revalidate, even if memory is fresh: the answer is no older than this call
   * @param request.notBeforeMs accept a pointer that was validated at this time or later
   * @throws StoreError if the store does not respond and memory is empty or beyond `staleLimitMs`; BrokenError
   */
  validate(request: {
    fresh?: boolean;
    notBeforeMs?: number | undefined;
    deadlineMs: number;
  }): Promise<Validated>;
  /**
   * Adopts a pointer that this container wrote or found in work that began at `sinceMs`.
   * @returns whether it did
   */
  adopt(pointer: Pointer, sinceMs: number): Promise<boolean>;
  /** Another call to the store failed: back off before the next revalidation. */
  failed(error: unknown): void;
}

/** The least back-off after a failure, which applies if `freshForMs` is 0. */
const leastIntervalMs = 100;

export function createValidator({
  ask: readPointer,
  pointers,
  loader,
  freshness: { freshForMs, staleLimitMs },
  clock,
}: {
  /**
   * Reads the pointer.
   * @param deadlineMs by the clock
   */
  ask: (deadlineMs: number) => Promise<Pointer | undefined>;
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'tablesOf'>;
  freshness: { freshForMs: number; staleLimitMs: number };
  clock: Clock;
}): Validator {
  let memory: { state: State; validatedAtMs: number } | undefined;
  const states = createPointerStates({ ask: readPointer, pointers, loader });
  const breaker = createBreaker(Math.max(leastIntervalMs, freshForMs), clock);

  const ask = createQuestions(question, breaker);

  async function question(deadlineMs: number, sent?: SentRead): Promise<void> {
    const validatedAtMs = sent?.sentAtMs ?? clock.now();
    const before = memory?.state;
    try {
      const state = await states.read(deadlineMs, () => memory?.state, sent?.pointer);
      breaker.succeeded();
      // A pointer that this container published during the read is newer than the response.
      const isLate = memory !== undefined && memory.state !== before && isBehind(state, memory.state);
      memory = { state: isLate && memory !== undefined ? memory.state : state, validatedAtMs };
    } catch (error) {
      // A missing blob proves that the store responds.
      if (!(error instanceof BrokenError)) breaker.failed(error);
      throw error;
    }
  }

  const ageMs = () =>
    memory === undefined ? Number.POSITIVE_INFINITY : Math.max(0, clock.now() - memory.validatedAtMs);
  function isFresh(notBeforeMs: number | undefined) {
    if (memory === undefined) return false;
    const sinceMs = clock.now() - memory.validatedAtMs;
    if (sinceMs < 0) return false; // The clock went back: the age is unknown
    return notBeforeMs === undefined ? sinceMs < freshForMs : memory.validatedAtMs >= notBeforeMs;
  }

  function fromMemory(how: Pick<Validated, 'isNew' | 'staleBecause'>): Validated {
    if (memory === undefined) throw new TypeError('nothing is in memory');
    return { ...memory, ...how };
  }

  return {
    start: (sent) =>
      ask(Number.POSITIVE_INFINITY, { fresh: false, sent })
        .catch(() => {})
        .then(() => memory?.state),

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
      // Generations only grow. Two revisions of one generation have no order.
      const held = memory?.state.pointer;
      if (held !== undefined && held.revision !== pointer.revision && held.generation >= pointer.generation)
        return false;
      const state = await states.of(pointer, memory?.state);
      if (memory !== undefined && memory.state.pointer !== held && isBehind(state, memory.state))
        return false;
      memory = { state, validatedAtMs: Math.max(sinceMs, memory?.validatedAtMs ?? sinceMs) };
      return true;
    },

    failed: (error) => breaker.failed(error),
  };
}

/**
 * One read of the pointer at a time. A request with `fresh` cannot join a read that began before it, so it waits for
 * that one to end, and then joins or sends the next.
 */
function createQuestions(question: (deadlineMs: number, sent?: SentRead) => Promise<void>, breaker: Breaker) {
  let flight: Promise<void> | undefined;
  return async function ask(
    deadlineMs: number,
    { fresh, sent }: { fresh: boolean; sent?: SentRead | undefined },
  ): Promise<void> {
    const current = flight;
    if (current !== undefined && !fresh) return current;
    if (current !== undefined) {
      await current.catch(() => {}); // its own waiters handle the failure
      const blocked = breaker.blocking();
      if (blocked !== undefined) throw blocked.error;
      return ask(deadlineMs, { fresh: false });
    }
    const mine = question(deadlineMs, sent).finally(() => {
      flight = undefined;
    });
    flight = mine;
    return mine;
  };
}

const isBehind = (a: State, b: State) => a.pointer.generation < b.pointer.generation;

/** Time since the validating request was sent, in ms. */
export const ageOf = ({ validatedAtMs }: Validated, { now }: Pick<Clock, 'now'>) =>
  Math.max(0, now() - validatedAtMs);
