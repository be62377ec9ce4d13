import { versionGone, versionUnknown } from '../reading/read-error.ts';
import type { Served } from '../reading/served.ts';
import { type ChunkPart, differenceOf } from '../snapshots/difference.ts';
import { toPayload } from '../snapshots/snapshot.ts';
import { keysOf } from '../tables/key.ts';
import type { QueriedRecords } from './changes-query.ts';
import { type Endpoint, readMethods } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { bodiless, notesOf, type TableEndpointDeps, vary } from './list-endpoint.ts';
import { readRequestOf } from './list-parameters.ts';
import {
  cacheControlHeader,
  hashOf,
  listHeaders,
  preconditionOf,
  represent,
  TooLargeError,
} from './represent.ts';
import type { HttpRequest } from './request.ts';

export interface ChangesEndpointDeps extends TableEndpointDeps {
  /** How long a replaced generation is kept. */
  historyForS: number;
  nowMs: () => number;
}

/** More chunks than this are refused if they are also more than half of the table: the whole list is cheaper then. */
const mostChunks = 8;

/** Parameters that are not filters. A column with one of these names is filtered by `since__exact`. */
export const ownParameters = ['since', 'until', 'transaction'];

/**
 * `GET /changes/topics/?since=<version>`: the records that were added, edited and deleted since that version. With
 * `until` the answer is immutable, because it depends on the two versions alone. With filters it is the difference between
 * the two filtered lists: a record that starts to match is an upsert, and one that stops matching is a delete.
 */
export function changesEndpoint(deps: ChangesEndpointDeps): Endpoint {
  const { table, reader, cacheControl, historyForS, nowMs, note } = deps;
  const cacheHeader = cacheControlHeader(cacheControl);
  const { scope = 'public' } = cacheControl;

  /** Counts `historyForS` from the publication of `since`: the generation is kept longer, from its replacement on. */
  function untilHeader(since: number) {
    const leftS = Math.floor(historyForS - Math.max(0, nowMs() - since) / 1_000);
    return leftS > 0 ? `${scope}, max-age=${leftS}, immutable` : cacheHeader;
  }

  const isNumber = table.key.order.type === 'bigint';
  function keyJson(key: string) {
    return isNumber ? key : JSON.stringify(key);
  }

  return {
    methods: readMethods,
    async answer(request, { deadlineMs }) {
      const { since, until } = rangeOf(request);
      const isQuery = [...request.query.keys()].some((name) => !ownParameters.includes(name));
      const queried = isQuery
        ? (await import('./changes-query.ts')).queriedRecords(table, request, ownParameters)
        : undefined;
      const targetOf = (entry: Served['entry']) => {
        const isSame = since >= entry.changed;
        const to = until ?? (isSame ? since : entry.changed);
        const hash = hashOf(`${entry.etag} ${since} ${to} ${queried?.canonical ?? ''}`);
        return { isSame, to, hash, isDecided: preconditionOf(request, hash) !== undefined };
      };
      const reading = { ...readRequestOf(request), table, deadlineMs };
      const refs = () => ({ kind: 'refs' }) as const;
      const read = (noCache: boolean) =>
        reader.read({
          ...{ ...reading, version: until, noCache },
          // The count of a filter needs every chunk.
          need: (entry) => ({
            kind: queried?.count === undefined || targetOf(entry).isDecided ? 'refs' : 'whole',
          }),
        });
      let after = await read(reading.noCache);
      // Another container may have published the version `since`: revalidate once.
      if (until === undefined && since > after.version) after = await read(true);
      note(notesOf(after));
      const { entry } = after;
      if (until === undefined && since > after.version) throw versionUnknown(since, after.version);
      const { isSame, to, hash, isDecided } = targetOf(entry);
      const before = isSame
        ? undefined
        : await reader.read({ table, deadlineMs, need: refs, version: since });
      const { 'total-count': _, 'snapshot-version': __, ...headers } = listHeaders(after);
      const answered = {
        ...{ vary, ...headers, 'snapshot-version': String(to) },
        'cache-control': until === undefined ? cacheHeader : untilHeader(since),
      };
      const counted = (count: number) => ({ ...answered, 'total-count': String(count) });
      if (isDecided)
        return represent(request, bodiless(hash), queried === undefined ? counted(entry.count) : answered);
      const count = queried?.count?.(after) ?? entry.count;
      const difference =
        before === undefined || before.entry.etag === entry.etag
          ? { upserts: [], deletes: [] }
          : await differenceBetween(deps, { before, after, queried, deadlineMs });
      const body = Buffer.from(
        `{"version":${to},"upserts":[${difference.upserts.join(',')}],"deletes":[${difference.deletes.map(keyJson).join(',')}],"count":${count}}`,
      );
      const payload = (coding: Parameters<typeof toPayload>[1]) => toPayload(body, coding);
      return represent(request, { hash, bytes: body.byteLength, payload }, counted(count)).catch((error) => {
        if (!(error instanceof TooLargeError)) throw error;
        throw deltaTooLarge('The changes do not fit into one answer: read the list again.');
      });
    },
  };
}

/** Loads only the chunks that differ. */
async function differenceBetween(
  { table, reader }: Pick<ChangesEndpointDeps, 'table' | 'reader'>,
  versions: { before: Served; after: Served; queried: QueriedRecords | undefined; deadlineMs: number },
) {
  const { before, after, queried, deadlineMs } = versions;
  const hashesOf = ({ refs }: Served) => new Set(refs.map(({ ref }) => ref.hash));
  const [old, now] = [hashesOf(before), hashesOf(after)];
  const removed = new Set([...old].filter((hash) => !now.has(hash)));
  const added = new Set([...now].filter((hash) => !old.has(hash)));
  const isLarge =
    Math.max(removed.size, added.size) > mostChunks && added.size + removed.size > (old.size + now.size) / 2;
  if (isLarge) throw deltaTooLarge('Most of the table has changed since that version: read the list again.');
  const chunksOf = async ({ version }: Served, hashes: ReadonlySet<string>): Promise<ChunkPart[]> => {
    if (hashes.size === 0) return [];
    const need = () => ({ kind: 'chunks', hashes }) as const;
    const { runs, memory } = await reader.read({ table, need, version, deadlineMs });
    if (runs.length !== hashes.size) throw versionGone(version); // an operator has reset the tables meanwhile
    return runs.map((run) => ({ chunk: run.open(), rows: queried?.rowsOf(run, memory) }));
  };
  const { compare } = keysOf(table.key.order);
  return differenceOf(
    await chunksOf(before, removed),
    await chunksOf(after, added),
    compare,
    queried?.textOf,
  );
}

const deltaTooLarge = (message: string) => new HttpError(410, 'delta_too_large', message);

/** @throws HttpError 400 */
function rangeOf({ query }: HttpRequest): { since: number; until: number | undefined } {
  const since = query.get('since');
  if (since === undefined)
    throw new HttpError(
      400,
      'since_missing',
      'since is missing: send the Snapshot-Version that the client has.',
    );
  if (!/^\d{1,15}$/.test(since))
    throw new HttpError(400, 'since_invalid', 'since must be a Snapshot-Version, a whole number.');
  const until = query.get('until');
  if (until !== undefined && !/^\d{1,15}$/.test(until))
    throw new HttpError(400, 'until_invalid', 'until must be a Snapshot-Version, a whole number.');
  if (until !== undefined && Number(until) < Number(since))
    throw new HttpError(400, 'until_before_since', `until (${until}) must not be below since (${since}).`);
  return { since: Number(since), until: until === undefined ? undefined : Number(until) };
}
