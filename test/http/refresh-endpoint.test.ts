import { beforeEach, describe, expect, test } from '@jest/globals';
import change from '../../events/change.json' with { type: 'json' };
import schedule from '../../events/schedule.json' with { type: 'json' };
import type { Change } from '../../lib/changes/change.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { CodedError, UnavailableError } from '../../lib/errors.ts';
import { HttpError } from '../../lib/http/http-error.ts';
import { type RefreshEndpointDeps, refreshEndpoint } from '../../lib/http/refresh-endpoint.ts';
import { errorReply, type HttpReply } from '../../lib/http/reply.ts';
import { parseRequest } from '../../lib/http/request.ts';
import type { Refreshed } from '../../lib/reading/refresher.ts';
import type { Pointer } from '../../lib/snapshots/pointer.ts';
import type { Blob } from '../../lib/stores/blobs.ts';
import { StoreError } from '../../lib/stores/store-error.ts';
import { decoded } from '../fakes/decoded.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { createReportedLog } from '../fakes/reported.ts';
import {
  createTestDataset,
  freshForMs,
  published,
  recordsOf,
  type TestDataset,
} from '../reading/test-dataset.ts';
import { categories } from '../support/tables/categories.ts';
import { topics } from '../support/tables/topics.ts';

type Applied = Awaited<ReturnType<RefreshEndpointDeps['applyChange']>>;

let dataset: TestDataset;
let pointer: Pointer;
/** The result of the refresher. */
let outcome: () => Promise<Applied>;
let refused: Error | undefined;
/** The blobs that this container has stored. */
let written: Blob[];
let asked: { change?: Change; how: unknown }[];
const rows = { topics: recordsOf(3), categories: [recordOf('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 1)] };

const done = (more: Partial<Extract<Refreshed, { pointer: Pointer }>> = {}) => {
  outcome = async () => published(pointer, more);
};

beforeEach(async () => {
  dataset = createTestDataset();
  pointer = await dataset.publish({ rows });
  refused = undefined;
  written = [];
  asked = [];
  done();
});

interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  query?: string;
  path?: string;
  container?: ReturnType<TestDataset['container']>;
}

/** The caller's answer. */
async function reply(
  method: 'GET' | 'HEAD' | 'POST',
  { body, headers = {}, query = '', path = '/refresh/', container = dataset.container() }: Options = {},
): Promise<HttpReply> {
  for (const blob of written) container.offer(blob);
  const endpoint = refreshEndpoint({
    authorize: async () => {
      if (refused !== undefined) throw refused;
    },
    parseChange,
    async applyChange(change, how) {
      asked.push({ change, how });
      return outcome();
    },
    refresher: async () => ({
      async refresh({ deadlineMs: _, ...how }) {
        asked.push({ how });
        const refreshed = await outcome();
        if (refreshed.outcome === 'idle' || refreshed.outcome === 'ignored')
          throw new TypeError('no change was named');
        return refreshed;
      },
    }),
    tables: [topics, categories],
    reader: container,
    nowMs: dataset.clock.now,
    note: createReportedLog().log.note,
  });
  const event = httpEvent({
    method,
    path,
    rawQueryString: query,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const call = { key: '', deadlineMs: dataset.clock.now() + 28_000 };
  return endpoint.answer(parseRequest(event), call).catch(errorReply);
}
const codeOf = ({ body = '' }: HttpReply): unknown => JSON.parse(body).code;

describe('a refresh', () => {
  test.each<'GET' | 'HEAD' | 'POST'>(['GET', 'HEAD', 'POST'])(
    'by %s without a body is of all tables, waits for them, and lingers a second',
    async (method) => {
      await reply(method);
      expect(asked).toEqual([{ how: { wait: true, lingerMs: 1_000 } }]);
    },
  );

  test('answers the list of the named table, or the first one, with no-store', async () => {
    const answer = await reply('POST');
    expect(String(decoded(answer))).toBe(naiveBody('topics', rows.topics));
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: {
        'cache-control': 'no-store',
        'snapshot-version': String(pointer.generation),
        'total-count': '3',
      },
    });
    const other = await reply('POST', { query: 'table=categories' });
    expect(String(decoded(other))).toBe(naiveBody('categories', rows.categories));
  });

  test('of an unknown table is 404, without a refresh', async () => {
    const answer = await reply('POST', { query: 'table=articles' });
    expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'table_unknown']);
    expect(answer.body).toContain('topics, categories');
    expect(asked).toEqual([]);
  });

  test('with an unknown parameter is 400 and reads no table', async () => {
    const answer = await reply('POST', { query: 'tabel=categories' });
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'parameter_unknown']);
    expect(answer.body).toContain('tabel');
    expect(asked).toEqual([]);
  });

  test('is answered from its own publication, without a read of the store', async () => {
    written = await dataset.stored();
    outcome = async () => {
      dataset.clock.advance(5 * freshForMs);
      return published(pointer);
    };
    dataset.calls.splice(0);
    expect(await reply('POST')).toMatchObject({ statusCode: 200 });
    expect(dataset.calls).toEqual([]);
  });

  test('by another container is answered from the pointer that it published', async () => {
    done({ outcome: 'coalesced' });
    expect(await reply('POST')).toMatchObject({ statusCode: 200 });
    expect(dataset.count('read')).toBe(0);
  });

  test('by POST is answered in full, despite If-None-Match', async () => {
    expect(await reply('POST', { headers: { 'if-none-match': '*' } })).toMatchObject({ statusCode: 200 });
  });

  test('without authorization causes no refresh', async () => {
    refused = new HttpError(401, 'unauthorized', 'Send a token.');
    expect(await reply('POST', { body: 'nonsense' })).toMatchObject({ statusCode: 401 });
    expect(asked).toEqual([]);
  });
});

describe('Prefer: return=minimal', () => {
  test.each(['return=minimal', 'respond-async, return=minimal', 'Return="minimal"; x=1'])(
    '(%s) is 204, says the version, and links to the list',
    async (prefer) => {
      const answer = await reply('POST', { headers: { prefer } });
      expect(answer).toEqual({
        statusCode: 204,
        headers: {
          'cache-control': 'no-store',
          'preference-applied': 'return=minimal',
          'snapshot-version': String(pointer.generation),
          'total-count': '3',
          link: '<../topics/>; rel="related"',
        },
      });
    },
  );

  test.each(['return=representation', 'xreturn=minimal', 'return=minimally'])(
    '(%s) is not asked for',
    async (prefer) => {
      expect(await reply('POST', { headers: { prefer } })).toMatchObject({ statusCode: 200 });
    },
  );

  test('costs no chunk', async () => {
    dataset.fetched();
    await reply('POST', { headers: { prefer: 'return=minimal' } });
    expect(dataset.fetched()).toEqual([]);
  });
});

test.each([
  ['/refresh/', '<../topics/>'],
  ['/refresh', '<topics/>'],
])(
  'a list that does not fit into an answer is 204 at %s, and the refresh is done: %s',
  async (path, link) => {
    dataset = createTestDataset({ chunkBytes: 1_000_000 });
    pointer = await dataset.publish({ rows: { topics: recordsOf(7, 'x'.repeat(1_000_000)) } });
    const answer = await reply('POST', { path });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({ 'snapshot-version': String(pointer.generation) });
    expect(answer.headers['link']).toContain(link);
    expect(await reply('POST', { path, headers: { 'accept-encoding': 'gzip' } })).toMatchObject({
      statusCode: 200,
    });
  },
);

describe('a refresh that is done, but not for this caller', () => {
  test.each([
    ['locked', 'table_locked', 503, '2'],
    ['lasting', 'schema_drift', 500, undefined],
  ] as const)('is what the table was left out for: %s, %s', async (reason, code, status, retryAfter) => {
    const fault = new CodedError(code, 'A plain sentence.');
    done({ leftOut: new Map([['topics', { reason, error: fault }]]) });
    const answer = await reply('POST');
    expect([answer.statusCode, codeOf(answer), answer.headers['retry-after']]).toEqual([
      status,
      fault.code,
      retryAfter,
    ]);
    expect(answer.body).toContain(fault.message);
    expect(await reply('POST', { query: 'table=categories' })).toMatchObject({ statusCode: 200 });
  });

  test('is 409 behind a pin', async () => {
    pointer = await dataset.amend(({ generation }) => ({ pin: generation }));
    const answer = await reply('POST');
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'pinned']);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(asked).toHaveLength(1);
  });

  test('is 409 where the guard has held it back', async () => {
    done({ held: ['topics'] });
    const answer = await reply('POST');
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'publication_held']);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(await reply('POST', { query: 'table=categories' })).toMatchObject({ statusCode: 200 });
  });

  test('is 202 where another container continues it', async () => {
    outcome = async () => ({ outcome: 'recorded' });
    const answer = await reply('POST');
    expect([answer.statusCode, codeOf(answer), answer.headers['retry-after']]).toEqual([
      202,
      'refresh_recorded',
      '2',
    ]);
    outcome = async () => ({ outcome: 'recorded', retryAfterMs: 4_500 });
    expect((await reply('POST')).headers['retry-after']).toBe('5');
  });

  test('is 503 where it cannot be read now, and not the list of before', async () => {
    outcome = async () => {
      pointer = await dataset.publish({ rows: { topics: recordsOf(9) }, hasRoot: true });
      dataset.down.store = new StoreError('a test', new Error());
      return published(pointer);
    };
    const answer = await reply('POST');
    expect([answer.statusCode, codeOf(answer)]).toEqual([503, 'cache_unavailable']);
  });
});

test('a list that was validated before the refresh has published is not its answer', async () => {
  outcome = async () => {
    pointer = await dataset.amend(() => ({})); // the same content, of a later moment
    return published(pointer, { outcome: 'unchanged' });
  };
  const container = dataset.container();
  await container.read();
  dataset.count('read');
  expect(await reply('POST', { container })).toMatchObject({ statusCode: 200 });
  expect(dataset.count('read')).toBe(1);
});

describe('a refresh that fails', () => {
  test('for a passing reason is 503', async () => {
    outcome = () =>
      Promise.reject(new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs: 5_000 }));
    expect(await reply('POST')).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
  });

  test('names the invalid row to a caller with the token', async () => {
    const message = 'The row of bbs_topic with id 7 does not fit: dt: not a date.';
    outcome = () => Promise.reject(new CodedError('row_invalid', message));
    const answer = await reply('POST');
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(answer.body ?? '')).toEqual({ code: 'row_invalid', message });
  });

  test('with an internal error shows no message', async () => {
    outcome = () => Promise.reject(new TypeError('secret'));
    const answer = await reply('POST');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
  });
});

describe('a body', () => {
  const named = { ...change, transactionId: '712' };

  test('names the transaction to include, and waits up to four seconds for it', async () => {
    await reply('POST', { body: named });
    expect(asked).toMatchObject([
      { change: { kind: 'change', transactionIds: ['712'] }, how: { wait: true, lingerMs: 4_000 } },
    ]);
  });

  test('whose transaction still runs is 202; those of others do not matter', async () => {
    done({ pending: ['711', '712'] });
    expect(await reply('POST', { body: named })).toMatchObject({
      statusCode: 202,
      headers: { 'retry-after': '2' },
    });
    done({ pending: ['711'] });
    expect(await reply('POST', { body: named })).toMatchObject({ statusCode: 200 });
    done({ outcome: 'coalesced', pending: ['712'] });
    expect(await reply('POST', { body: named })).toMatchObject({ statusCode: 202 });
  });

  test('of the schedule is 204 where there is no work', async () => {
    outcome = async () => ({ outcome: 'idle' });
    expect(await reply('POST', { body: schedule })).toMatchObject({
      statusCode: 200,
      body: '{"outcome":"idle"}',
    });
    expect(asked).toMatchObject([{ change: { kind: 'schedule' } }]);
  });

  test('about another table is answered as ignored', async () => {
    const ignored: Applied = { outcome: 'ignored', reason: 'no table of this dataset has this name' };
    outcome = async () => ignored;
    const answer = await reply('POST', { body: { ...change, table: 'auth_user' } });
    expect(JSON.parse(answer.body ?? '')).toEqual(ignored);
  });

  test.each([null, [], 'x', 42, {}, { ...change, operation: 'SELECT' }, { ...change, extra: 1 }])(
    'that is no event (%j) is 400, and refreshes nothing',
    async (body) => {
      const answer = await reply('POST', { body });
      expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'event_unknown']);
      expect(asked).toEqual([]);
    },
  );

  test('of another type is 415, without a refresh', async () => {
    const sent = await reply('POST', { body: change, headers: { 'content-type': 'text/plain' } });
    expect(sent).toMatchObject({ statusCode: 415 });
    expect(asked).toEqual([]);
  });

  test('of a GET is ignored', async () => {
    await reply('GET', { body: { ...change, table: 'auth_user' } });
    expect(asked).toEqual([{ how: { wait: true, lingerMs: 1_000 } }]);
  });
});
