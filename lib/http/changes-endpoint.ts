import { versionGone, versionUnknown } from '../reading/read-error.ts';
import type { Served } from '../reading/served.ts';
import { differenceOf } from '../snapshots/difference.ts';
import { toPayload } from '../snapshots/snapshot.ts';
import { keysOf } from '../tables/key.ts';
import type { Table } from '../tables/table.ts';
import { type Endpoint, type EndpointDescription, readMethods } from './endpoint.ts';
import { HttpError } from './http-error.ts';
import { notesOf, type TableEndpointDeps, vary } from './list-endpoint.ts';
import { readCodes, readParameters, readRequestOf } from './list-parameters.ts';
import { cacheControlHeader, hashOf, listHeaders, preconditionOf, represent } from './represent.ts';
import type { HttpRequest } from './request.ts';

export interface ChangesEndpointDeps extends TableEndpointDeps {
  /** How long a replaced generation is kept. */
  historyForS: number;
  nowMs: () => number;
}

/** A difference of more chunks is refused if it is also more than half of the table: then the list is cheaper. */
const mostChunks = 8;

const known = ['since', 'until', 'transaction'];

const version = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 } as const;

export const changesDescription = ({ name }: Table): EndpointDescription => ({
  summary: `What has changed in the ${name} since a version`,
  methods: readMethods,
  parameters: [
    {
      name: 'since',
      in: 'query',
      description:
        'The version that the client has: a Snapshot-Version, or the `version` of the last answer.',
      schema: version,
      required: true,
    },
    {
      name: 'until',
      in: 'query',
      description: 'The version to come to. The answer never changes, and caches may keep it.',
      schema: version,
    },
    ...readParameters.filter((one) => one.name !== 'version'),
  ],
  answers: 'changes',
  codes: [
    ...['parameter_unknown', 'since_missing', 'since_invalid', 'until_invalid', 'until_before_since'],
    ...['delta_too_large', ...readCodes.filter((code) => code !== 'version_invalid')],
  ],
});

/**
 * `GET /changes/topics/?since=<version>`: the records that were added, edited and deleted since that version. With
 * `until` the answer depends on two versions alone, and never changes.
 */
export function changesEndpoint(deps: ChangesEndpointDeps): Endpoint {
  const { table, reader, cacheControl, historyForS, nowMs, note } = deps;
  const cacheHeader = cacheControlHeader(cacheControl);
  const { scope = 'public' } = cacheControl;

  /**
   * A generation is kept for `historyForS` after its replacement; the time of its publication is a lower bound for
   * that.
   */
  function untilHeader(since: number) {
    const leftS = Math.floor(historyForS - Math.max(0, nowMs() - since) / 1_000);
    return leftS > 0 ? `${scope}, max-age=${leftS}, immutable` : cacheHeader;
  }

  const { compare } = keysOf(table.key.order);
  const isNumber = table.key.order.type === 'bigint';
  function keyJson(key: string) {
    return isNumber ? key : JSON.stringify(key);
  }

  /** Loads only the chunks that differ. */
  async function differenceBetween(before: Served, after: Served, deadlineMs: number) {
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
      const { runs } = await reader.read({ table, need, version, deadlineMs });
      if (runs.length !== hashes.size) throw versionGone(version); // created anew, after a reset
      return runs.map(({ open }) => open());
    };
    return differenceOf(await chunksOf(before, gone), await chunksOf(after, come), compare);
  }

  return {
    methods: readMethods,
    async answer(request, { deadlineMs }) {
      const { since, until } = rangeOf(request, table.name);
      const reading = { ...readRequestOf(request), table, deadlineMs };
      const refs = () => ({ kind: 'refs' }) as const;
      const read = (noCache: boolean) => reader.read({ ...reading, need: refs, version: until, noCache });
      let after = await read(reading.noCache);
      // Another container may have published it.
      if (until === undefined && since > after.version) after = await read(true);
      note(notesOf(after));
      const { entry } = after;
      if (until === undefined && since > after.version) throw versionUnknown(since, after.version);
      const isSame = since >= entry.changed;
      const to = until ?? (isSame ? since : entry.changed);
      const hash = hashOf(`${entry.etag} ${since} ${to}`);
      const { 'total-count': _, 'snapshot-version': __, ...headers } = listHeaders(after);
      const answered = {
        ...{ vary, ...headers, 'snapshot-version': String(to), 'total-count': String(entry.count) },
        'cache-control': until === undefined ? cacheHeader : untilHeader(since),
      };
      const before = isSame
        ? undefined
        : await reader.read({ table, deadlineMs, need: refs, version: since });
      const isHeld = preconditionOf(request, hash) !== undefined;
      const difference =
        before === undefined || isHeld || before.entry.etag === entry.etag
          ? { upserts: [], deletes: [] }
          : await differenceBetween(before, after, deadlineMs);
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
