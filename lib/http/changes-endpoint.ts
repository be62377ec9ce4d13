import type { Served } from '../reading/served.ts';
import { differenceOf } from '../snapshots/difference.ts';
import { toPayload } from '../snapshots/snapshot.ts';
import type { Endpoint } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { notesOf, type TableEndpointDeps, vary } from './list-endpoint.ts';
import { readRequestOf } from './list-parameters.ts';
import { cacheControlHeader, hashOf, listHeaders, preconditionOf, represent } from './represent.ts';
import type { HttpRequest } from './request.ts';

export interface ChangesEndpointDeps extends TableEndpointDeps {
  /** How long a generation that was replaced can be asked for. */
  historyForS: number;
  nowMs: () => number;
}

/** A difference of more chunks is refused where it is also more than half of the table: the list costs less. */
const mostChunks = 8;

const known = ['since', 'until', 'transaction'];

/**
 * `GET /changes/topics/?since=<version>`: the records that were added, edited and deleted since that version. With `until` the
 * answer is of two versions, and never changes.
 */
export function changesEndpoint(deps: ChangesEndpointDeps): Endpoint {
  const { table, reader, cacheControl, historyForS, nowMs, note } = deps;
  const cacheHeader = cacheControlHeader(cacheControl);
  const { scope = 'public' } = cacheControl;
  const version = { type: 'integer', minimum: 0 } as const;

  /** Both ends may be kept for as long as the older one's history is sure to last. */
  function immutableHeader(until: number, { entry }: Served) {
    const replacedForS = until >= entry.changed ? 0 : Math.max(0, nowMs() - until) / 1_000;
    const leftS = Math.max(0, Math.floor(historyForS - replacedForS));
    return leftS === 0 ? 'no-store' : `${scope}, max-age=${leftS}, immutable`;
  }

  const isNumber = table.key.order.type === 'bigint';
  function keyJson(key: string) {
    return isNumber ? key : JSON.stringify(key);
  }

  /** Only chunks that differ are loaded. */
  async function differenceBetween(before: Served, after: Served) {
    const names = ({ refs }: Served) => new Set(refs.map(({ ref }) => ref.hash));
    const [old, now] = [names(before), names(after)];
    const gone = new Set([...old].filter((hash) => !now.has(hash)));
    const come = new Set([...now].filter((hash) => !old.has(hash)));
    const isLarge =
      Math.max(gone.size, come.size) > mostChunks && come.size + gone.size > (old.size + now.size) / 2;
    if (isLarge)
      throw new HttpError(
        410,
        'delta_too_large',
        'Most of the table has changed since: read the list again.',
      );
    const chunksOf = async ({ version }: Served, hashes: ReadonlySet<string>) => {
      if (hashes.size === 0) return [];
      const need = () => ({ kind: 'chunks', hashes }) as const;
      const { runs } = await reader.read({ table, need, version, deadlineMs: nowMs() + 10_000 });
      return runs.map(({ open }) => open());
    };
    return differenceOf(await chunksOf(before, gone), await chunksOf(after, come));
  }

  return {
    summary: `What has changed in the ${table.name} since a version`,
    methods: ['GET', 'HEAD'],
    parameters: [
      {
        name: 'since',
        in: 'query',
        description:
          'The version that the client has: a Snapshot-Version, or the `version` of the last answer.',
        schema: version,
      },
      {
        name: 'until',
        in: 'query',
        description: 'The version to come to. The answer never changes, and caches may keep it.',
        schema: version,
      },
    ],
    async answer(request, { deadlineMs }) {
      const { since, until } = rangeOf(request, table.name);
      const reading = { ...readRequestOf(request), table, deadlineMs };
      const refs = () => ({ kind: 'refs' }) as const;
      const after = await reader.read({ ...reading, need: refs, version: until });
      note(notesOf(after));
      const { entry } = after;
      if (since > after.version)
        throw new HttpError(
          404,
          'version_unknown',
          `Version ${since} does not exist: the list is at ${after.version}.`,
        );
      const isSame = since >= entry.changed;
      const to = until ?? (isSame ? since : entry.changed);
      const hash = hashOf(`${entry.etag} ${since} ${to}`);
      const { 'total-count': _, 'snapshot-version': __, ...headers } = listHeaders(after);
      const answered = {
        ...{ vary, ...headers, 'snapshot-version': String(to), 'total-count': String(entry.count) },
        'cache-control': until === undefined ? cacheHeader : immutableHeader(until, after),
      };
      const before = isSame
        ? undefined
        : await reader.read({ table, deadlineMs, need: refs, version: since });
      const isHeld = preconditionOf(request, hash) !== undefined;
      const difference =
        before === undefined || isHeld || before.entry.etag === entry.etag
          ? { upserts: [], deletes: [] }
          : await differenceBetween(before, after);
      const body = Buffer.from(
        `{"version":${to},"upserts":[${difference.upserts.join(',')}],"deletes":[${difference.deletes.map(keyJson).join(',')}],"count":${entry.count}}`,
      );
      const payload = (coding: Parameters<typeof toPayload>[1]) => toPayload(body, coding);
      return represent(request, { hash, bytes: body.byteLength, payload }, answered);
    },
  };
}

/** @throws HttpError 400 */
function rangeOf({ query }: HttpRequest, name: string): { since: number; until: number | undefined } {
  const unknown = [...query.keys()].find((parameter) => !known.includes(parameter));
  if (unknown !== undefined)
    throw new HttpError(
      400,
      'parameter_unknown',
      `${unknown.slice(0, 100)} is no parameter of the changes of ${name}: there are ${known.join(', ')}.`,
    );
  const since = query.get('since');
  if (since === undefined)
    throw new HttpError(400, 'since_missing', 'since must name the version that the client has.');
  if (!/^\d{1,15}$/.test(since))
    throw new HttpError(400, 'since_invalid', 'since must be a version: a whole number.');
  const until = query.get('until');
  if (until !== undefined && !/^\d{1,15}$/.test(until))
    throw new HttpError(400, 'until_invalid', 'until must be a version: a whole number.');
  if (until !== undefined && Number(until) < Number(since))
    throw new HttpError(400, 'until_before_since', `until (${until}) must not be below since (${since}).`);
  return { since: Number(since), until: until === undefined ? undefined : Number(until) };
}
