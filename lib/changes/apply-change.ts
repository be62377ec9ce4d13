import type { Refreshed, Refresher } from '../publishing/refresher.ts';
import type { Report } from '../report.ts';
import type { Change } from './change.ts';

/** What became of an event. `recorded` and `pending` will be served without another event. */
export type Applied = Refreshed | { outcome: 'idle' } | { outcome: 'ignored'; relation: string };

/** Does what an event means. @throws what a refresh throws; the change is recorded by then, or the sender must retry. */
export function createChangeApplier({
  refresher,
  relation,
  report,
}: {
  refresher: () => Promise<Refresher>;
  /** The one table whose changes matter: `schema.table`. */
  relation: string;
  report: Report;
}) {
  return async (
    change: Change,
    how: { deadlineMs: number; wait: boolean; lingerMs: number },
  ): Promise<Applied> => {
    if (change.kind === 'schedule') return (await refresher()).resume(how);
    if (change.kind === 'reconcile') return (await refresher()).refresh(how);
    if (change.relation === relation)
      return (await refresher()).refresh({ ...how, transactionIds: change.transactionIds });
    report({ name: 'event.ignored', relation: change.relation });
    return { outcome: 'ignored', relation: change.relation };
  };
}
export type ApplyChange = ReturnType<typeof createChangeApplier>;
