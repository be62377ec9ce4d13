import { beforeEach, describe, expect, test } from '@jest/globals';
import change from '../../events/change.json' with { type: 'json' };
import schedule from '../../events/schedule.json' with { type: 'json' };
import type { Applied } from '../../lib/changes/apply-change.ts';
import type { Change } from '../../lib/changes/change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { HttpError } from '../../lib/http/http-error.ts';
import { refreshEndpoint } from '../../lib/http/refresh-endpoint.ts';
import { parseRequest } from '../../lib/http/request.ts';
import type { ReadRequest, Served } from '../../lib/reading/reader.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { loadedOf } from '../fakes/loaded.ts';
import { recordOf } from '../fakes/records.ts';

const deadlineMs = 1_000_000;
const relation = 'public.bbs_topic';

let served: Served;
let applied: Applied;
let failure: Error | undefined;
let refused: Error | undefined;
let changes: { change: Change; how: unknown }[];
let asked: ReadRequest[];

beforeEach(async () => {
  const snapshot = await loadedOf([recordOf('1', 'a')]);
  served = { snapshot, from: 'store', ageMs: 0, stale: false };
  applied = { outcome: 'published', head: snapshot.head, unknownColumns: [], pending: [] };
  failure = undefined;
  refused = undefined;
  changes = [];
  asked = [];
});

function reply(
  method: 'GET' | 'HEAD' | 'POST',
  { body, contentType = 'application/json' }: { body?: unknown; contentType?: string } = {},
  headers: Record<string, string> = {},
) {
  const endpoint = refreshEndpoint({
    authorize: async () => {
      if (refused !== undefined) throw refused;
    },
    parseChange,
    async applyChange(change, how) {
      changes.push({ change, how });
      if (failure !== undefined) throw failure;
      return applied;
    },
    relation,
    reader: {
      async read(request) {
        asked.push(request);
        return served;
      },
    },
  });
  const event = httpEvent({
    method,
    path: '/refresh/',
    headers: { ...headers, 'content-type': contentType },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return endpoint.answer(parseRequest(event), deadlineMs);
}

describe('a refresh', () => {
  test.each<'GET' | 'HEAD' | 'POST'>(['GET', 'HEAD', 'POST'])(
    'by %s without a body is of the table, waits for it, and lingers a second',
    async (method) => {
      await reply(method);
      expect(changes).toEqual([
        {
          change: { kind: 'change', relations: [relation], transactionIds: [] },
          how: { deadlineMs, wait: true, lingerMs: 1_000 },
        },
      ]);
    },
  );

  test.each<Applied['outcome']>(['published', 'unchanged', 'superseded', 'coalesced'])(
    'that is %s answers the list as it is now, for nobody to keep',
    async (outcome) => {
      if (outcome === 'coalesced') applied = { outcome, pending: [] };
      else if ('head' in applied && outcome !== 'idle' && outcome !== 'ignored' && outcome !== 'recorded')
        applied = { ...applied, outcome };
      const answer = await reply('POST');
      expect(decoded(answer).equals(served.snapshot.body())).toBe(true);
      expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
      expect(asked).toEqual([{ noCache: true, deadlineMs }]);
    },
  );

  test('that another container will do is 202, to be asked about again', async () => {
    applied = { outcome: 'recorded' };
    const answer = await reply('POST');
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'retry-after': '2' } });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ code: 'refresh_recorded' });
    expect(asked).toEqual([]);
  });

  test('that is done, and cannot be read back, is 503 and not the list of before', async () => {
    served = { ...served, stale: true };
    const failed = expect(reply('POST')).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'cache_unavailable', retryAfterMs: 1_000 });
  });

  test('that fails is not answered with a list', async () => {
    failure = new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs: 1_000 });
    await expect(reply('POST')).rejects.toBe(failure);
    expect(asked).toEqual([]);
  });

  test('without a right to it is none', async () => {
    refused = new HttpError(401, 'unauthorized', 'Send a token.');
    await expect(reply('POST', { body: 'nonsense' })).rejects.toBe(refused);
    expect(changes).toEqual([]);
  });

  test('by POST is answered in full, whatever the client has', async () => {
    expect(await reply('POST', {}, { 'if-none-match': '*' })).toMatchObject({ statusCode: 200 });
  });
});

describe('a body', () => {
  test('names the transaction that the refresh is to include', async () => {
    await reply('POST', { body: { ...change, transactionId: '712' } });
    expect(changes).toMatchObject([
      { change: { kind: 'change', relations: [relation], transactionIds: ['712'] } },
    ]);
  });

  test('may be the schedule’s, which has nothing to do', async () => {
    applied = { outcome: 'idle' };
    const answer = await reply('POST', { body: schedule });
    expect(answer).toMatchObject({ statusCode: 200, body: '{"outcome":"idle"}' });
    expect(changes).toMatchObject([{ change: { kind: 'schedule' } }]);
  });

  test('about another table is ignored, and said to be', async () => {
    applied = { outcome: 'ignored', reason: 'no table of this dataset has that name' };
    const answer = await reply('POST', { body: { ...change, table: 'auth_user' } });
    expect(JSON.parse(answer.body ?? '')).toEqual(applied);
    expect(changes).toMatchObject([{ change: { relations: ['public.auth_user'] } }]);
    expect(asked).toEqual([]);
  });

  test.each([null, [], 'x', 42, {}, { ...change, operation: 'SELECT' }, { ...change, extra: 1 }])(
    'that is no event (%j) is 400, and refreshes nothing',
    async (body) => {
      await expect(reply('POST', { body })).rejects.toMatchObject({ status: 400, code: 'event_unknown' });
      expect(changes).toEqual([]);
    },
  );

  test('of another type is 415, and refreshes nothing', async () => {
    const sent = reply('POST', { body: change, contentType: 'text/plain' });
    await expect(sent).rejects.toMatchObject({ status: 415 });
    expect(changes).toEqual([]);
  });

  test('of a GET means nothing', async () => {
    await reply('GET', { body: { ...change, table: 'auth_user' } });
    expect(changes).toMatchObject([{ change: { relations: [relation] } }]);
  });
});
