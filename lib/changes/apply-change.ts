import type { Refreshed } from '../publishing/refreshed.ts';
import type { Refresher } from '../publishing/refresher.ts';
import type { Report } from '../report.ts';
import type { Change, TableChange } from './change.ts';
import { createRelationMatcher } from './relation-matcher.ts';

/** The result of an event. `recorded` and `pending` will be served without another event. */
export type Applied = Refreshed | { outcome: 'idle' } | { outcome: 'ignored'; reason: string };

/** The number of partition names that are cached. */
const mostPartitions = 1_000;
/** The most names that a log line lists. */
const mostListed = 20;

/**
 * Applies an event.
 * @throws the refresh's error: the change may not be recorded, so the sender must retry
 */
export function createChangeApplier({
  refresher,
  relations,
  partitionParents,
  report,
}: {
  refresher: () => Promise<Pick<Refresher, 'refresh' | 'resume'>>;
  /** The tables whose changes cause a refresh, as `schema.table`: the served tables, and those behind served views. */
  relations: readonly string[];
  /**
   * The root table of a partition, at any depth, as `schema.table`; undefined if the relation is no partition, or
   * does not exist. A container looks each partition up once. If the look-up fails, the event fails.
   */
  partitionParents?: (relation: string) => Promise<string | undefined>;
  report: Report;
}) {
  const match = createRelationMatcher(relations);
  const partitions = new Set<string>();

  /** Whether a table of the dataset has changed. A refresh reads all tables, so the first match decides. */
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
    if (change.relations.length === 0) return skipped('about tables that are not served');
    report({
      name: 'event.unmatched',
      level: 'warn',
      relations: change.relations.slice(0, mostListed),
      known: relations.slice(0, mostListed),
    });
    return { outcome: 'ignored', reason: 'no table of this dataset has this name' };
  };

  function skipped(reason: string): Applied {
    report({ name: 'event.skipped', skipped: 1, reasons: [reason] });
    return { outcome: 'ignored', reason };
  }
}
export type ApplyChange = ReturnType<typeof createChangeApplier>;
