import { type ChunkSizes, defaultChunkSizes } from '../snapshots/cut.ts';
import { isBehind } from '../snapshots/forms.ts';
import { isIntact } from '../snapshots/is-intact.ts';
import type { Blob } from '../stores/blobs.ts';
import { defaultPointerBytes } from './fit-pointer.ts';
import { createLeases } from './lease.ts';
import { recordAndServe } from './record-and-serve.ts';
import type { Refreshed, RefreshRequest } from './refreshed.ts';
import { readOrCreatePointer } from './replace-pointer.ts';
import { createResume, type Resumed } from './resume.ts';
import { serveOnce } from './serve-once.ts';
import type { ServeDeps } from './session.ts';
import { tablesIn } from './tables-in.ts';

export interface Refresher {
  /**
   * Records a request to read the tables, and serves it with all other open requests, unless another container holds
   * the lease. No error loses a recorded request: the next `refresh` or `resume` serves it.
   * @throws the errors of the source and the stores
   */
  refresh(request: RefreshRequest): Promise<Refreshed>;
  /** For the schedule: serves recorded requests that are still open; costs one small read if there are none. */
  resume(request: Pick<RefreshRequest, 'deadlineMs'>): Promise<Resumed>;
  /** For a list that is not published in this form, or whose other form is newer: reads once, and draws no ticket. */
  catchUp(request: Pick<RefreshRequest, 'deadlineMs'>): Promise<Refreshed>;
}

export interface RefresherDeps
  extends Omit<
    ServeDeps,
    'nowMs' | 'leases' | 'sizes' | 'pointerBytes' | 'putsAtOnce' | 'onBlob' | 'minReadIntervalMs'
  > {
  sizes?: ChunkSizes;
  pointerBytes?: number;
  putsAtOnce?: number;
  onBlob?: (blob: Blob) => void;
  minReadIntervalMs?: number;
  /** The longest time between two reads of the tables, which the schedule enforces. 0: off. */
  maxReadIntervalMs?: number;
}

/** Each put takes one or two megabytes of memory. */
const defaultPutsAtOnce = 8;

export function createRefresher({ maxReadIntervalMs = 0, ...given }: RefresherDeps): Refresher {
  const { requests, pointers, blobs, source, clock, newId } = given;
  const deps: ServeDeps = {
    sizes: defaultChunkSizes,
    pointerBytes: defaultPointerBytes,
    putsAtOnce: defaultPutsAtOnce,
    onBlob: () => {},
    minReadIntervalMs: 0,
    ...given,
    nowMs: clock.now,
    leases: createLeases({ requests, tables: source.tables, clock, newId }),
  };
  const resume = createResume({ ...deps, maxReadIntervalMs });

  return {
    async refresh(request) {
      const { repair = [] } = request;
      if (repair.length === 0) return recordAndServe(deps, request);
      return serveOnce(deps, request, async () => {
        const found = await blobs.read(repair);
        return found.length === repair.length && found.every(isIntact);
      });
    },
    async catchUp({ deadlineMs }) {
      const request = { deadlineMs, wait: true, lingerMs: 0 };
      const isDone = async () => {
        const tables = await tablesIn(blobs, await readOrCreatePointer(pointers, newId));
        return source.tables.every(({ name, form }) => !isBehind(tables[name], form));
      };
      return serveOnce(deps, request, isDone, { isOfForm: true });
    },
    resume: ({ deadlineMs }) => resume(deadlineMs),
  };
}
