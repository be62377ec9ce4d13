import { describe, expect, test } from '@jest/globals';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { DatabaseUnavailableError } from '../../lib/data-api/errors.ts';
import { refreshEndpoint } from '../../lib/http/refresh-endpoint.ts';
import { errorReply } from '../../lib/http/reply.ts';
import { parseRequest } from '../../lib/http/request.ts';
import { RowError } from '../../lib/source/read-table.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { loadedOf } from '../fakes/loaded.ts';
import { recordOf } from '../fakes/records.ts';

const change = {
  source: 'offload',
  schema: 'public',
  table: 'bbs_topic',
  operation: 'UPDATE',
  transactionId: '815',
};

let lingered: number;

/** What a caller of POST /refresh/ with a change of transaction 815 gets, where serving it ends so. */
async function answerTo(outcome: { outcome?: 'coalesced'; pending: string[] } | Error) {
  const snapshot = await loadedOf([recordOf('1', 'a')]);
  const endpoint = refreshEndpoint({
    authorize: async () => {},
    parseChange,
    async applyChange(_, { lingerMs }) {
      lingered = lingerMs;
      if (outcome instanceof Error) throw outcome;
      const { outcome: how = 'published', pending } = outcome;
      return how === 'coalesced'
        ? { outcome: how, pending }
        : { outcome: how, head: snapshot.head, unknownColumns: [], pending };
    },
    relation: 'public.bbs_topic',
    reader: { read: async () => ({ snapshot, from: 'store', ageMs: 0, stale: false }) },
  });
  const headers = { 'content-type': 'application/json' };
  const request = parseRequest(
    httpEvent({ method: 'POST', path: '/refresh/', headers, body: JSON.stringify(change) }),
  );
  return endpoint.answer(request, 1_000).catch(errorReply);
}

describe('a refresh that names a transaction', () => {
  test('answers the list once it includes the transaction', async () => {
    expect(await answerTo({ pending: ['814'] })).toMatchObject({ statusCode: 200 });
  });

  test('goes on for it for four seconds', async () => {
    expect(await answerTo({ pending: [] })).toMatchObject({ statusCode: 200 });
    expect(lingered).toBe(4_000);
  });

  test('is recorded, and says so, while the transaction runs', async () => {
    const { statusCode, headers, body } = await answerTo({ pending: ['814', '815'] });
    expect({ statusCode, retryAfter: headers['retry-after'] }).toEqual({ statusCode: 202, retryAfter: '2' });
    expect(JSON.parse(body ?? '')).toMatchObject({ code: 'refresh_recorded' });
  });

  test('is recorded, and says so, where another container has read the table while the transaction runs', async () => {
    expect(await answerTo({ outcome: 'coalesced', pending: ['815'] })).toMatchObject({ statusCode: 202 });
    expect(await answerTo({ outcome: 'coalesced', pending: ['814'] })).toMatchObject({ statusCode: 200 });
  });
});

describe('whoever has the token is told why a refresh failed', () => {
  test('a row that does not fit is named', async () => {
    const { statusCode, body } = await answerTo(
      new RowError('The row of bbs_topic with id 7 does not fit: dt: not a date.'),
    );
    expect(statusCode).toBe(500);
    expect(JSON.parse(body ?? '')).toEqual({
      code: 'row_invalid',
      message: 'The row of bbs_topic with id 7 does not fit: dt: not a date.',
    });
  });

  test('what may pass stays a 503', async () => {
    const { statusCode, headers } = await answerTo(new DatabaseUnavailableError(new Error('reset'), 5_000));
    expect({ statusCode, retryAfter: headers['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '5' });
  });

  test('an error that nobody wrote for a caller shows nothing', async () => {
    const { body } = await answerTo(new TypeError('secret'));
    expect(body).not.toContain('secret');
  });
});
