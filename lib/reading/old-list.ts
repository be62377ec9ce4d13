import type { Clock } from '../clock.ts';
import type { Report } from '../report.ts';
import type { PointerStore } from '../stores/pointers.ts';
import { StoreError } from '../stores/store-error.ts';
import { createHistory } from './history.ts';
import type { Loader } from './loader.ts';
import { BrokenError, versionGone } from './read-error.ts';
import type { ReadRequest } from './read-request.ts';
import { createServed, type Served } from './served.ts';
import { entryOf, isKept } from './state.ts';
import { ageOf, type Validated, type Validator } from './validator.ts';

/**
 * Answers lists of named generations.
 * @throws ReadError if the generation is not kept
 */
export function createOldList({
  pointers,
  loader,
  validator,
  memoryBytes,
  isLocal,
  clock,
  report,
}: {
  pointers: Pick<PointerStore, 'readArchived'>;
  loader: Pick<Loader, 'load' | 'tablesOf'>;
  validator: Pick<Validator, 'failed'>;
  memoryBytes: number;
  isLocal: boolean;
  clock: Pick<Clock, 'now'>;
  report: Report;
}) {
  const history = createHistory({ pointers, loader, memoryBytes });

  /** Answers a replaced generation, if a fresh pointer shows that it is kept. */
  return async (request: ReadRequest, version: number, validated: Validated): Promise<Served> => {
    const { table } = request;
    const { state, staleBecause } = validated;
    if (staleBecause !== undefined) throw staleBecause;
    if (!isKept(state, version)) throw versionGone(version);
    const served = await history(version, async (old) => {
      const entry = entryOf(old, table);
      if (entry === undefined) return undefined;
      const need = request.need(entry);
      const { runs, refs, isFetched } = await loader.load(table, entry.manifest, need, {
        contents: old.contents,
      });
      return createServed(
        {
          ...{ table, entry, runs, refs, need },
          version: Math.min(version, entry.generation),
          from: isFetched ? 'store' : 'memory',
          ageMs: ageOf(validated, clock),
          stale: false,
          pinned: state.pointer.pin !== undefined,
          frozen: false,
          local: isLocal,
        },
        old.contents,
      );
    }).catch((error: unknown) => {
      if (error instanceof StoreError) validator.failed(error);
      if (!(error instanceof BrokenError)) throw error;
      report({ name: 'snapshot.broken', level: 'warn', table: table.name, version, cause: error });
      return undefined;
    });
    if (served === undefined) throw versionGone(version);
    return served;
  };
}
