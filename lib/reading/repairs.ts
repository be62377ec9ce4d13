import { CodedError } from '../errors.ts';
import type { Report } from '../report.ts';
import type { Pointer } from '../snapshots/pointer.ts';
import type { BrokenError } from './read-error.ts';
import type { ReadRequest } from './read-request.ts';
import type { createRefreshes } from './refreshes.ts';
import type { Tries } from './tries.ts';

/** The number of repairs for one request: a missing manifest segment hides which chunks are missing. */
const mostRepairs = 2;

/** Repairs missing and corrupt blobs: a refresh writes them again. */
export function createRepairs({
  refreshes,
  report,
}: {
  refreshes: Pick<ReturnType<typeof createRefreshes>, 'repair'>;
  report: Report;
}) {
  let repairsMade = 0;

  return {
    /** The number of repairs in this container. */
    made: () => repairsMade,

    /** Repairs nothing the first time: the request starts over, because the pointer may have been replaced. */
    async repair(
      { table, deadlineMs }: ReadRequest,
      error: BrokenError,
      pointer: Pointer | undefined,
      tries: Tries,
    ): Promise<void> {
      const isSame = pointer?.revision === tries.brokenRevision;
      tries.brokenRevision = pointer?.revision;
      tries.isAdopted = false;
      if ((!isSame && pointer !== undefined) || repairsMade > tries.repairsBefore) return;
      report({ name: 'snapshot.broken', level: 'error', table: table.name, cause: error });
      // The pinned version's rows are gone from the tables, so a repair is impossible.
      if (pointer?.pin !== undefined)
        throw new CodedError('snapshot_broken', `The pinned version ${pointer.pin} is damaged: unpin it.`, {
          cause: error,
        });
      if (tries.repairs === mostRepairs) throw error;
      tries.repairs += 1;
      ({ isAdopted: tries.isAdopted } = await refreshes.repair(deadlineMs, error.hashes));
      repairsMade += 1;
    },
  };
}
