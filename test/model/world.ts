import { createMemoryRequests, createMemoryStore } from '../../lib/stores/memory/memory-store.ts';
import { createModelledDatabase } from '../fakes/modelled-database.ts';
import { createInvariants } from './invariants.ts';
import type { Scheduler } from './scheduler.ts';

/** What all actors share: the database, the cache, and the rules that must hold for them. */
export type World = ReturnType<typeof createWorld>;

export function createWorld(scheduler: Scheduler, { period, calm }: { period: number; calm: boolean }) {
  const database = createModelledDatabase({ rows: ['1', '2'], period });
  const store = createMemoryStore();
  const requests = createMemoryRequests();
  const invariants = createInvariants({ scheduler, database, store, requests, calm });
  let owners = 0;
  return { scheduler, database, store, requests, invariants, newOwner: () => `owner ${++owners}` };
}
