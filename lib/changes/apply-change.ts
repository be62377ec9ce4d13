import type { Refreshed } from '../publishing/refreshed.ts';
import type { Refresher } from '../publishing/refresher.ts';
import type { Report } from '../report.ts';
import type { Change, TableChange } from './change.ts';
import { createRelationMatcher } from './relation-matcher.ts';

/** What became of an event. `recorded` and `pending` will be served without another event. */
export type Applied = Refreshed | { outcome: 'idle' } | { outcome: 'ignored'; reason: string };

/** Names of partitions that are remembered; the others are asked for again. */
const mostPartitions = 1_000;
/** The names that a log line lists at most. */
const mostListed = 20;

/** Does what an event means. @throws what a refresh throws; the change is recorded by then, or the sender must retry. */
export function createChangeApplier({
  refresher,
  relations,
  partitionParents,
  report,
}: {
  refresher: () => Promise<Pick<Refresher, 'refresh' | 'resume'>>;
  /** Every table whose changes matter, as `schema.table`: those that are served, and those that a view is made of. */
  relations: readonly string[];
  /**
   * The table that a relation is a partition of, at any depth, as `schema.table`; undefined where it is none, or does not
   * exist. Asked once for each name, while a container lasts, if it is one. Where it rejects, the event fails.
   */
  partitionParents?: (relation: string) => Promise<string | undefined>;
  report: Report;
}) {
  const match = createRelationMatcher(relations);
  const partitions = new Set<string>();

  /** Whether a change is one of a table of the dataset. One refresh reads them all: the first that matches decides. */
  async function concerns({ relations, mentioned = [] }: TableChange) {
    const names = [...relations, ...mentioned];
    if (names.some((name) => match(name) !== undefined || partitions.has(name))) return true;
    if (partitionParents === undefined) return false;
    for (const name of names) {
      const parent = await partitionParents(name);
      if (parent === undefined || match(parent) === undefined) continue;
      if (partitions.size < mostPartitions) partitions.add(name);
      return true;
    }
    return false;
  }

  return async (
    change: Change,
    how: { deadlineMs: number; wait: boolean; lingerMs: number },
  ): Promise<Applied> => {
    if (change.kind === 'schedule') return (await refresher()).resume(how);
    if (change.kind === 'ignored') return skipped(change.reason);
    if (await concerns(change)) {
      const { transactionIds, announcedAtMs } = change;
      const announced = announcedAtMs === undefined ? {} : { announcedAtMs };
      return (await refresher()).refresh({ ...how, transactionIds, ...announced });
    }
    if (change.relations.length === 0) return skipped('about tables of others');
    report({
      name: 'event.unmatched',
      level: 'warn',
      relations: change.relations.slice(0, mostListed),
      known: relations.slice(0, mostListed),
    });
    return { outcome: 'ignored', reason: 'no table of this dataset has that name' };
  };

  function skipped(reason: string): Applied {
    report({ name: 'event.skipped', skipped: 1, reasons: [reason] });
    return { outcome: 'ignored', reason };
  }
}
export type ApplyChange = ReturnType<typeof createChangeApplier>;
