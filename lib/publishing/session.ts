import type { Pointer } from '../snapshots/pointer.ts';
import type { RefreshState } from '../stores/requests.ts';
import type { ReadAndPublishDeps } from './read-and-publish.ts';
import type { Answered, RefreshRequest } from './refreshed.ts';

export interface ServeDeps extends ReadAndPublishDeps {
  /** The least time between two reads of the tables. 0: no bound. */
  minReadIntervalMs: number;
}

export interface Serving {
  owner: string;
  /** The requests when the lease was taken. */
  state: RefreshState;
  /** The pointer, if it was read since the last read of the tables. */
  pointer?: Pointer | undefined;
  request: Pick<RefreshRequest, 'deadlineMs' | 'lingerMs' | 'repair' | 'transactionIds' | 'announcedAtMs'>;
  /** Whether to read although no request is open: for a repair, or a form that is behind. */
  mustRead: boolean;
}

/** The state of one holder of the lease, from acquiring it to releasing it. */
export interface Session extends Readonly<Pick<Serving, 'owner' | 'request' | 'mustRead'>> {
  /** The requests as they were last seen. */
  state: RefreshState;
  pointer: Pointer | undefined;
  /** The blobs that the next read repairs. */
  repair: ReadonlySet<string>;
  /** The answer, from the first read on. */
  result: Answered | undefined;
  /** The ticket that was noted before the last read. */
  readTicket: number;
  /** When to stop serving other requests. */
  untilMs: number;
  /**
   * When this request's change was announced. Undefined after its publication, and if the request names transactions: the
   * requests item then has the time.
   */
  announcedAtMs: number | undefined;
}

export const beginSession = ({ owner, state, pointer, request, mustRead }: Serving): Session => ({
  ...{ owner, state, pointer, request, mustRead, result: undefined },
  repair: new Set(request.repair),
  readTicket: mustRead ? Number.NEGATIVE_INFINITY : state.served,
  untilMs: request.deadlineMs,
  announcedAtMs: request.transactionIds?.length ? undefined : request.announcedAtMs,
});

export const isMine = ({ state, owner }: Session) => state.lease?.owner === owner;

/** Whether a ticket was drawn that the last read does not serve. */
export const isOpen = ({ state, readTicket }: Session) => state.requested > readTicket;

const mostSettlingMs = 10_000;

/** How long settling is retried while many requests are recorded. An unsettled read is repeated after the lease expires. */
export const settlingUntil = ({ request }: Session, nowMs: number) =>
  Math.min(request.deadlineMs, nowMs + mostSettlingMs);
