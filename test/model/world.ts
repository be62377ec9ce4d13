import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { createInvariants } from './invariants.ts';
import type { Scheduler } from './scheduler.ts';

/** What all actors share: the database, the cache, and the rules that must hold for them. */
export type World = ReturnType<typeof createWorld>;

export interface WorldOptions {
  /** After how many changes a row is as it was. */
  period: number;
  /** Whether nothing goes wrong in this run. */
  calm: boolean;
  /** Whether somebody's clock is wrong. */
  skewed: boolean;
  /** What a pointer may take: below a few hundred, its tables are in a root. */
  pointerBytes: number;
  /** The largest share of the rows of `tags` that one publication may take away. */
  mayLose: number;
}

/** What a replaced generation stays for, in the model. */
export const historyForMs = 60_000;

export function createWorld(scheduler: Scheduler, options: WorldOptions) {
  const { period, pointerBytes, mayLose } = options;
  const database = createModelledDatabase({ tables: { topics: ['1', '2'], tags: ['1', '2', '3'] }, period });
  let ids = 0;
  const newId = () => `id ${++ids}`;
  const pointers = createMemoryPointers();
  const blobs = createMemoryBlobs();
  const requests = createMemoryRequests(newId);
  const invariants = createInvariants({ scheduler, database, pointers, blobs, requests, ...options });
  return { scheduler, database, pointers, blobs, requests, invariants, newId, pointerBytes, mayLose };
}
