import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import type { TableEntry } from '../snapshots/pointer.ts';
import { StoreError } from '../stores/store-error.ts';
import type { Contents } from './contents.ts';
import type { Loader } from './loader.ts';
import { NotInMemoryError } from './obtain-blobs.ts';
import type { Freshness, ReadRequest } from './read-request.ts';
import { createServed, type Served } from './served.ts';
import { answeredBy, entryOf, isKept } from './state.ts';
import { ageOf, type Validated, type Validator } from './validator.ts';

/**
 * Answers lists of the current generation. If the store fails while chunks are fetched, it falls back to the pointer that
 * last answered the table, whose chunks are in memory.
 */
export function createCurrentList({
  loader,
  contents,
  validator,
  freshness,
  isLocal,
  clock,
  report,
}: {
  loader: Pick<Loader, 'load'>;
  contents: Contents;
  validator: Pick<Validator, 'failed'>;
  freshness: Pick<Freshness, 'staleLimitMs'>;
  isLocal: boolean;
  clock: Pick<Clock, 'now'>;
  report: Report;
}) {
  /** By table name. */
  const lastAnswered = new Map<string, Validated>();

  /** @param how whether a refresh was made for this request, and whether a due refresh failed */
  async function currentList(
    request: ReadRequest,
    entry: TableEntry,
    validated: Validated,
    how: { hasRefreshed: boolean; isBehind: boolean },
  ): Promise<Served> {
    const { table, version = entry.generation } = request;
    const { state, staleBecause, isNew } = validated;
    const need = request.need(entry);
    const last = lastAnswered.get(table.name);
    try {
      const { runs, refs, isFetched } = await loader.load(table, entry.manifest, need, {
        contents,
        memoryOnly: staleBecause !== undefined,
      });
      lastAnswered.set(table.name, validated);
      const isChanged = last === undefined || entryOf(last.state, table)?.etag !== entry.etag;
      const isRead = how.hasRefreshed || (isLocal && isNew);
      const ageMs = ageOf(validated, clock);
      if (staleBecause !== undefined)
        report({ name: 'list.stale', level: 'warn', table: table.name, ageMs, cause: staleBecause });
      return createServed(
        {
          ...{ table, entry, runs, refs, need, ageMs },
          version: Math.min(version, entry.generation),
          from: isRead ? 'database' : isFetched || isChanged ? 'store' : 'memory',
          stale: staleBecause !== undefined || how.isBehind,
          pinned: state.pointer.pin !== undefined,
          frozen: entry.frozen === true,
          local: isLocal,
        },
        contents,
      );
    } catch (error) {
      if (error instanceof StoreError) validator.failed(error);
      else if (!(error instanceof NotInMemoryError)) throw error;
      const because = error instanceof NotInMemoryError ? staleBecause : error;
      const lastEntry = last === undefined ? undefined : entryOf(last.state, table);
      const mayServe =
        last !== undefined &&
        last.state !== state &&
        state.pointer.pin === undefined &&
        request.version === undefined &&
        isKept(state, answeredBy(last.state)) &&
        ageOf(last, clock) <= freshness.staleLimitMs;
      if (!mayServe || lastEntry === undefined) throw because;
      return currentList(request, lastEntry, { ...last, staleBecause: because }, how);
    }
  }

  return currentList;
}
