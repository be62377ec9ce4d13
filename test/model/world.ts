import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { createModelledDatabase, type ModelledDatabase } from '../fakes/modelled-database.ts';
import { createInvariants } from './invariants.ts';
import type { KnownSteps, Scheduler } from './scheduler.ts';

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
  /** How often the tables are read at most, in any order, before the schedule comes. */
  mostReads: number | undefined;
  known: KnownSteps | undefined;
}

/** What a replaced generation stays for, in the model. */
export const historyForMs = 60_000;

export function createWorld(scheduler: Scheduler, options: WorldOptions) {
  const { period, pointerBytes, mayLose } = options;
  const { shared } = scheduler;
  const database = toldDatabase(scheduler, period);
  let incarnations = 0;
  function newIncarnation() {
    incarnations += 1;
    shared.put('incarnations', incarnations);
    return `incarnation ${incarnations}`;
  }
  const pointers = createMemoryPointers();
  const blobs = createMemoryBlobs();
  const requests = createMemoryRequests(newIncarnation);
  const invariants = createInvariants({ scheduler, database, pointers, blobs, requests, ...options });
  return { scheduler, database, pointers, blobs, requests, invariants, pointerBytes, mayLose };
}

/** The database, whose history is part of the fingerprint. */
function toldDatabase({ shared }: Scheduler, period: number): ModelledDatabase {
  const database = createModelledDatabase({ tables: { topics: ['1', '2'], tags: ['1', '2', '3'] }, period });
  const told = (event: string) => shared.append('database', event);
  return {
    ...database,
    begin(rows, options) {
      const xid = database.begin(rows, options);
      told(`begin ${xid} ${rows.join()} ${options?.empties}`);
      return xid;
    },
    commit(xid) {
      database.commit(xid);
      told(`commit ${xid}`);
    },
    rollBack(xid) {
      database.rollBack(xid);
      told(`roll back ${xid}`);
    },
    crash(lostIds) {
      database.crash(lostIds);
      told(`crash ${lostIds}`);
    },
  };
}
