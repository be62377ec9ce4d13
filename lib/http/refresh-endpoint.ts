import type { Change } from '../changes/change.ts';
import { CodedError, UnavailableError } from '../errors.ts';
import { errorOf, pinnedError } from '../reading/read-error.ts';
import type { Reader } from '../reading/reader.ts';
import type { Refreshed, Refresher } from '../reading/refresher.ts';
import type { Served } from '../reading/served.ts';
import type { Note } from '../report.ts';
import type { Table } from '../tables/table.ts';
import type { Endpoint } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { jsonBody } from './json-body.ts';
import { type HttpReply, jsonReply } from './reply.ts';
import { listHeaders, represent, TooLargeError, wholeOf } from './represent.ts';
import type { HttpRequest } from './request.ts';

/** How long a refresh over HTTP serves other requests after its own is served. */
const lingerMs = 1_000;
/** How long it waits for a transaction that the caller named. Later the schedule publishes the transaction. */
const transactionMs = 4_000;

/** The result of a change; a change of other tables is ignored. */
type Applied = Refreshed | { outcome: 'idle' } | { outcome: 'ignored'; reason: string };

export interface RefreshEndpointDeps {
  authorize: (authorization: string | undefined) => Promise<void>;
  parseChange: (event: unknown) => Change;
  applyChange: (
    change: Change,
    how: { deadlineMs: number; wait: boolean; lingerMs: number },
  ) => Promise<Applied>;
  refresher: () => Promise<Pick<Refresher, 'refresh'>>;
  /** The first is the default for `?table=`. */
  tables: readonly [Table, ...Table[]];
  reader: Reader;
  nowMs: () => number;
  note: Note;
}

const methods = ['GET', 'HEAD', 'POST'];

/** `GET` and `POST /refresh/`: reads the tables, publishes them, and answers a list. A body may name the change. */
export function refreshEndpoint(deps: RefreshEndpointDeps): Endpoint {
  const { authorize, parseChange, applyChange, refresher, tables, reader, nowMs, note } = deps;

  const refreshAll = async (how: Parameters<Refresher['refresh']>[0]) => (await refresher()).refresh(how);

  function tableOf({ query }: HttpRequest): Table {
    const unknown = [...query.keys()].find((name) => name !== 'table');
    if (unknown !== undefined)
      throw new HttpError(
        400,
        'parameter_unknown',
        `A refresh has no parameter ${unknown.slice(0, 100)}: the only one is table.`,
      );
    const name = query.get('table');
    const table = name === undefined ? tables[0] : tables.find((one) => one.name === name);
    if (table !== undefined) return table;
    const known = tables.map((one) => one.name).join(', ');
    throw new HttpError(
      404,
      'table_unknown',
      `There is no table ${name?.slice(0, 100)}: send one of ${known}.`,
    );
  }

  function changeOf(request: HttpRequest): Change | undefined {
    const body = request.method === 'POST' ? jsonBody(request) : undefined;
    if (body === undefined) return undefined;
    try {
      return parseChange(body);
    } catch (error) {
      if (error instanceof CodedError) throw new HttpError(400, error.code, error.message, { cause: error });
      throw error;
    }
  }

  return {
    methods,
    async answer(request, { deadlineMs }) {
      await authorize(request.headers['authorization']);
      const table = tableOf(request);
      note({ table: table.name });
      const change = changeOf(request);
      const named = change?.kind === 'change' ? change.transactionIds : [];
      const how = { deadlineMs, wait: true, lingerMs: named.length > 0 ? transactionMs : lingerMs };
      const startMs = nowMs();
      const applied = await (change === undefined ? refreshAll(how) : applyChange(change, how)).catch(
        rethrowForCaller,
      );

      if (applied.outcome === 'ignored' || applied.outcome === 'idle') return jsonReply(200, applied);
      if (applied.outcome === 'recorded') return recorded(applied.retryAfterMs);
      throwFaultOf(applied, table);
      if (applied.pending.some((transactionId) => named.includes(transactionId))) return recorded();

      const isAdopted = await reader.adopt(applied, startMs);
      const isMinimal = /(^|[\s,;])return\s*=\s*"?minimal"?([\s,;]|$)/i.test(request.headers['prefer'] ?? '');
      const isShort = isMinimal || request.method === 'HEAD';
      const served = await reader.read({
        table,
        need: () => ({ kind: isShort ? 'nothing' : 'whole' }),
        ...(isAdopted ? { notBeforeMs: startMs } : { noCache: true }),
        deadlineMs,
      });
      if (served.stale)
        throw new UnavailableError(
          'cache_unavailable',
          'The refresh is done, but the list cannot be read now: GET it again.',
          {
            retryAfterMs: 1_000,
          },
        );
      note({ version: served.version });
      return isMinimal
        ? withoutList(request, served, { 'preference-applied': 'return=minimal' })
        : withList(request, served);
    },
  };
}

async function withList(request: HttpRequest, served: Served): Promise<HttpReply> {
  const headers = { vary: 'Accept-Encoding', 'cache-control': 'no-store', ...listHeaders(served) };
  try {
    return await represent(request, wholeOf(served), headers);
  } catch (error) {
    // The refresh is done. An error would make the caller repeat it.
    if (error instanceof TooLargeError) return withoutList(request, served);
    throw error;
  }
}

function withoutList({ path }: HttpRequest, served: Served, more: Record<string, string> = {}): HttpReply {
  const list = `${path.endsWith('/') ? '../' : ''}${served.table.name}/`;
  return {
    statusCode: 204,
    headers: {
      'cache-control': 'no-store',
      'snapshot-version': String(served.version),
      'total-count': String(served.entry.count),
      link: `<${list}>; rel="related"`,
      ...more,
    },
  };
}

const recorded = (retryAfterMs = 2_000) =>
  jsonReply(
    202,
    {
      code: 'refresh_recorded',
      message: 'The refresh is recorded, and will run without another request.',
    },
    { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  );

/** @throws if the refresh left this table out or held it, or if an operator has pinned a generation */
function throwFaultOf(refreshed: Refreshed, { name }: Table) {
  if (!('pointer' in refreshed)) return;
  const { pointer, leftOut, held } = refreshed;
  const fault = leftOut.get(name);
  if (fault !== undefined) rethrowForCaller(errorOf(fault));
  if (pointer.pin !== undefined) throw pinnedError(pointer.pin);
  if (held.includes(name)) throw heldError(name);
}

const heldError = (name: string) =>
  new HttpError(
    409,
    'publication_held',
    `${name} would lose more rows than its file allows: the list stays unchanged until an operator accepts the loss.`,
  );

/** Keeps the message of an internal error, which names rows and columns: the caller has the token, so it may read them. */
function rethrowForCaller(error: unknown): never {
  const isForCaller =
    !(error instanceof CodedError) || error instanceof UnavailableError || error instanceof HttpError;
  if (isForCaller) throw error;
  throw new HttpError(500, error.code, error.message, { cause: error });
}
