import type { Report } from '../report.ts';
import type { TableEntry } from '../snapshots/pointer.ts';
import type { createCurrentList } from './current-list.ts';
import type { createOldList } from './old-list.ts';
import { errorOf, noFormPinned, nothingPublished, pinnedError, versionUnknown } from './read-error.ts';
import type { ReadRequest } from './read-request.ts';
import type { createRefreshes } from './refreshes.ts';
import type { Served } from './served.ts';
import { answeredBy, entryOf, isDue, isNamed } from './state.ts';
import type { Tries } from './tries.ts';
import type { Validated } from './validator.ts';

/** Decides what answers a request: the current list, an old one, or a refresh first. */
export function createAnswer({
  currentList,
  oldList,
  refreshes,
  report,
}: {
  currentList: ReturnType<typeof createCurrentList>;
  oldList: ReturnType<typeof createOldList>;
  refreshes: Pick<ReturnType<typeof createRefreshes>, 'catchUp' | 'failed'>;
  report: Report;
}) {
  /** Refreshes once, for a table that is not published in this form, or whose other form is newer. */
  async function catchUp({ table, deadlineMs }: ReadRequest, entry: TableEntry | undefined, tries: Tries) {
    tries.hasRefreshed = true;
    try {
      const { leftOut, isAdopted } = await refreshes.catchUp(deadlineMs);
      tries.isAdopted = isAdopted;
      const fault = leftOut.get(table.name);
      if (fault !== undefined) throw errorOf(fault);
    } catch (error) {
      if (entry === undefined) throw error;
      report({ name: 'list.behind', level: 'warn', table: table.name, cause: error });
      tries.isBehind = true;
    }
  }

  /** @returns undefined if the request must start over, because the pointer may have been replaced */
  return async function answer(
    request: ReadRequest,
    validated: Validated,
    tries: Tries,
  ): Promise<Served | undefined> {
    const { table, version, transactionId } = request;
    const { state, staleBecause, isNew } = validated;
    const { pin } = state.pointer;
    if (pin !== undefined && transactionId !== undefined && version === undefined) throw pinnedError(pin);
    const entry = entryOf(state, table);
    if (version !== undefined && version !== answeredBy(state)) {
      const isUnchanged = entry !== undefined && version >= entry.changed && isNamed(state, version);
      if (version > answeredBy(state)) {
        // Another container may have published this version: revalidate.
        if (isNew) throw versionUnknown(version, answeredBy(state));
        if (staleBecause === undefined) return undefined;
      }
      if (!isUnchanged || version > answeredBy(state)) return oldList(request, version, validated);
    }
    const mayRefresh = staleBecause === undefined && pin === undefined && version === undefined;
    const isBehind = mayRefresh && isDue(state, table);
    if (isBehind && tries.hasRefreshed && !tries.isBehind) {
      tries.isBehind = true;
      refreshes.failed(nothingPublished(table.name));
    }
    if (entry !== undefined && (!isBehind || tries.hasRefreshed))
      return currentList(request, entry, validated, tries);
    if (staleBecause !== undefined) throw staleBecause;
    if (pin !== undefined) throw noFormPinned(table.name, pin);
    if (tries.hasRefreshed) throw nothingPublished(table.name);
    await catchUp(request, entry, tries);
    return undefined;
  };
}
