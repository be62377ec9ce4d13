import { CodedError } from '../errors.ts';
import { answeredGeneration, type Pointer, type Tables } from '../snapshots/pointer.ts';
import type { PointerStore } from '../stores/pointers.ts';
import type { Loader } from './loader.ts';
import type { State } from './state.ts';

/** The state before the first publication: an empty dataset. */
const nothing: Pointer = {
  revision: '',
  generation: 0,
  oldest: 0,
  readAtMs: 0,
  sweep: 0,
  tables: {},
};

/** How often one question reads the pointer, if each time what it selects was deleted before it was read. */
const mostReads = 3;

interface Deps {
  /** @param deadlineMs by the clock */
  ask: (deadlineMs: number) => Promise<Pointer | undefined>;
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'tablesOf'>;
}

/** Resolves pointers to the tables that they select. */
export function createPointerStates({ ask, pointers, loader }: Deps) {
  /**
   * @param held the state in memory, which answers for its own revision and generation
   * @throws BrokenError, StoreError; CodedError `snapshot_broken` if the pinned generation is missing
   */
  async function of(pointer: Pointer, held: State | undefined): Promise<State> {
    if (held?.pointer.revision === pointer.revision) return held;
    return { pointer, tables: await tablesAnswered(pointer, held) };
  }

  async function tablesAnswered(pointer: Pointer, held: State | undefined): Promise<Tables> {
    const { pin } = pointer;
    if (pin === undefined || pin === pointer.generation) return loader.tablesOf(pointer);
    if (held !== undefined && answeredGeneration(held.pointer) === pin) return held.tables;
    const archived = await pointers.readArchived(pin);
    if (archived === undefined)
      throw new CodedError('snapshot_broken', `Generation ${pin} is pinned, but no longer stored: unpin it.`);
    return loader.tablesOf(archived);
  }

  /**
   * Reads the pointer and what it selects. If that is missing, the pointer is read again: once it is replaced, an unpin for
   * example, a sweep may delete what it selected.
   * @param heldNow the state in memory at the time of the call
   * @param sent a read of the pointer that was sent before
   * @throws like `of`, if the missing is selected by the pointer that was read last
   */
  async function read(
    deadlineMs: number,
    heldNow: () => State | undefined,
    sent = ask(deadlineMs),
  ): Promise<State> {
    let pointer = (await sent) ?? nothing;
    for (let reads = 1; ; reads += 1) {
      try {
        return await of(pointer, heldNow());
      } catch (error) {
        if (!isMissing(error) || reads === mostReads) throw error;
        const next = await ask(deadlineMs).catch(() => undefined);
        if (next === undefined || next.revision === pointer.revision) throw error;
        pointer = next;
      }
    }
  }

  return { of, read };
}

const isMissing = (error: unknown) => error instanceof CodedError && error.code === 'snapshot_broken';
