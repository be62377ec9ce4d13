import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { createMemoryPointers } from '../../lib/stores/memory/memory-pointers.ts';
import { createMemoryRequests } from '../../lib/stores/memory/memory-requests.ts';
import { createModelledDatabase, type ModelledDatabase } from '../fakes/modelled-database.ts';
import { createInvariants } from './invariants.ts';
import type { KnownSteps, Scheduler } from './scheduler.ts';

/** What all actors share: the database, the cache, and the rules that must hold for them. */
export type World = ReturnType<typeof createWorld>;

export interface WorldOptions {
  /** The number of changes after which a row has its first value again. */
  period: number;
  /** Whether the play has no mishaps. */
  calm: boolean;
  /** Whether clocks differ. */
  skewed: boolean;
  /** The bound for a pointer: below a few hundred, its tables are in a root blob. */
  pointerBytes: number;
  /** The largest share of the rows of `tags` that one publication may take away. */
  mayLose: number;
  /** The most reads of the tables in any order, before the schedule runs. */
  mostReads: number | undefined;
  known: KnownSteps | undefined;
}

/** How long a replaced generation is kept in the model. */
export const historyForMs = 60_000;

export function createWorld(scheduler: Scheduler, options: WorldOptions) {
  const { period, pointerBytes, mayLose } = options;
  const { shared } = scheduler;
  const database = notedDatabase(scheduler, period);
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

/** A database whose history the scheduler notes. */
function notedDatabase({ shared }: Scheduler, period: number): ModelledDatabase {
  const database = createModelledDatabase({ tables: { topics: ['1', '2'], tags: ['1', '2', '3'] }, period });
  const note = (event: string) => shared.append('database', event);
  return {
    ...database,
    begin(rows, options) {
      const xid = database.begin(rows, options);
      note(`begin ${xid} ${rows.join()} ${options?.empties}`);
      return xid;
    },
    commit(xid) {
      database.commit(xid);
      note(`commit ${xid}`);
    },
    rollBack(xid) {
      database.rollBack(xid);
      note(`roll back ${xid}`);
    },
    crash(lostIds) {
      database.crash(lostIds);
      note(`crash ${lostIds}`);
    },
  };
}
