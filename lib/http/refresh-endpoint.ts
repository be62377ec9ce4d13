import type { Applied, ApplyChange } from '../changes/apply-change.ts';
import type { Change } from '../changes/change.ts';
import { CodedError, UnavailableError } from '../errors.ts';
import type { Reader } from '../reading/reader.ts';
import type { Endpoint } from './api.ts';
import { HttpError } from './http-error.ts';
import { jsonBody } from './json-body.ts';
import { jsonReply } from './reply.ts';
import { represent, wholeOf } from './represent.ts';

/** How long an HTTP caller's refresh goes on for the changes of others, once its own answer is ready. */
const lingerMs = 1_000;
/** How long it goes on for a transaction that the caller named, before the schedule is left to do it. */
const transactionMs = 4_000;

/** `GET` and `POST /refresh/`: reads the table, publishes it, and answers the list. A body may name the change. */
export function refreshEndpoint({
  authorize,
  parseChange,
  applyChange,
  relation,
  reader,
}: {
  authorize: (authorization: string | undefined) => Promise<void>;
  parseChange: (event: unknown) => Change;
  applyChange: ApplyChange;
  /** What a request without a body is about. */
  relation: string;
  reader: Reader;
}): Endpoint {
  return {
    methods: ['GET', 'HEAD', 'POST'],
    async answer(request, deadlineMs) {
      await authorize(request.headers['authorization']);
      const body = request.method === 'POST' ? jsonBody(request) : undefined;
      const change: Change =
        body === undefined ? { kind: 'change', relations: [relation], transactionIds: [] } : parsed(body);
      const namesOne = change.kind === 'change' && change.transactionIds.length > 0;
      const how = { deadlineMs, wait: true, lingerMs: namesOne ? transactionMs : lingerMs };
      const applied = await applyChange(change, how).catch(withMessage);

      if (applied.outcome === 'ignored' || applied.outcome === 'idle') return jsonReply(200, applied);
      if (applied.outcome === 'recorded' || isStillRunning(change, applied))
        return jsonReply(
          202,
          {
            code: 'refresh_recorded',
            message: 'The refresh is recorded, and will be done without another request.',
          },
          { 'retry-after': '2' },
        );
      const served = await reader.read({ noCache: true, deadlineMs });
      if (served.stale)
        throw new UnavailableError('cache_unavailable', 'The list was refreshed, and cannot be read now.', {
          retryAfterMs: 1_000,
        });
      return represent(request, served, wholeOf(served.snapshot), 'no-store');
    },
  };

  function parsed(body: unknown): Change {
    try {
      return parseChange(body);
    } catch (error) {
      if (error instanceof CodedError) throw new HttpError(400, error.code, error.message, { cause: error });
      throw error;
    }
  }
}

/** Whoever has the token may read what an anonymous caller may not: which row, which column. */
function withMessage(error: unknown): never {
  if (!(error instanceof CodedError) || error instanceof UnavailableError) throw error;
  throw new HttpError(500, error.code, error.message, { cause: error });
}

/** Whether a transaction that the change names is not finished: what was read is without it. */
const isStillRunning = (change: Change, applied: Applied) =>
  change.kind === 'change' &&
  'pending' in applied &&
  applied.pending.some((transactionId) => change.transactionIds.includes(transactionId));
