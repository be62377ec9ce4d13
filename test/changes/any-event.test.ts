import { isDeepStrictEqual } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import change from '../../events/change.json' with { type: 'json' };
import type { ApplyChange } from '../../lib/changes/apply-change.ts';
import { eventHandler } from '../../lib/changes/event-handler.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { RejectedEventError } from '../../lib/changes/rejected-event-error.ts';
import { api } from '../../lib/http/api.ts';
import { refreshEndpoint } from '../../lib/http/refresh-endpoint.ts';
import { isHttpEvent } from '../../lib/http/request.ts';
import { httpEvent } from '../fakes/http-event.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { mutatedEvent } from '../fakes/mutated-event.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';
import { eventFiles } from '../support/event-files.ts';
import { topics } from '../support/tables/topics.ts';

const numRuns = Number(process.env['EVENT_RUNS'] ?? 300);
jest.setTimeout(300_000); // seconds of work, minutes where all other tests run beside it

const unexpected = () => Promise.reject(new TypeError('nothing is read'));

/** The refresh function with a fake database and a fixed token. */
function createFunction() {
  const { now: nowMs } = createTestClock();
  const deps = { nowMs, log: createReportedLog().log };
  const applyChange: ApplyChange = async () => ({ outcome: 'recorded' });
  const endpoint = refreshEndpoint({
    authorize: async () => {},
    parseChange,
    applyChange,
    refresher: async () => ({ refresh: async () => ({ outcome: 'recorded' }) }),
    tables: [topics],
    reader: { start: unexpected, read: unexpected, adopt: unexpected, offer: () => {} },
    nowMs,
    note: () => {},
  });
  return {
    http: api([{ path: '/refresh/', endpoint }], deps),
    direct: eventHandler({ parseChange, applyChange }, deps),
  };
}

test.each(eventFiles)('$file is accepted', async ({ event }) => {
  const { http, direct } = createFunction();
  if (isHttpEvent(event)) expect([202, 404, 405]).toContain((await http(event, lambdaContext())).statusCode);
  else await expect(direct(event, lambdaContext())).resolves.toBeDefined();
});

test('an event that is an object with a length is rejected', async () => {
  const event = { length: { toString: null } };
  await expect(createFunction().direct(event, lambdaContext())).rejects.toBeInstanceOf(RejectedEventError);
});

test('a webhook with a row of 4 MB is accepted', async () => {
  const { http } = createFunction();
  const row = { id: 1, title: 'x'.repeat(2_000_000) };
  const body = JSON.stringify({
    type: 'UPDATE',
    schema: 'public',
    table: 'bbs_topic',
    record: row,
    old_record: row,
  });
  const headers = { 'content-type': 'application/json' };
  const event = httpEvent({ method: 'POST', path: '/refresh/', headers, body });
  expect((await http(event, lambdaContext())).statusCode).toBe(202);
});

describe('a change', () => {
  test.each(['source', 'schema', 'table', 'operation'])('without the member %s is rejected', (name) => {
    const { [name]: _, ...others }: Record<string, unknown> = change;
    expect(() => parseChange(others)).toThrow(RejectedEventError);
  });

  test.each(['extra', 'transactionid', 'constructor', '__proto__'])(
    'with an unknown member (%s) is rejected',
    (name) => {
      const event = Object.fromEntries([...Object.entries(change), [name, '712']]);
      expect(() => parseChange(event)).toThrow(RejectedEventError);
    },
  );

  test.each([712, '0', '-1', '', '007', '7.0', '12345678901234567890', null])(
    'with the transaction id %j is rejected',
    (transactionId) => {
      expect(() => parseChange({ ...change, transactionId })).toThrow(RejectedEventError);
    },
  );

  test('with a name that is an object with a length is rejected', () => {
    const table = { length: { toString: null } }; // what throws where it is compared with a number
    expect(() => parseChange({ ...change, table })).toThrow(RejectedEventError);
  });

  test('is rejected with the names of its invalid members, without their values', () => {
    const { table: _, ...tableless } = change;
    expect(() => parseChange({ ...tableless, transactionId: 712, comment: 'secret' })).toThrow(
      'The event has missing, invalid or unknown members (table, transactionId, comment): events/change.json has an example.',
    );
  });
});

test.each([-1, '1767225600000', null, Number.MAX_VALUE])(
  'a change announced at %j is rejected',
  (announcedAt) => {
    expect(() => parseChange({ ...change, announcedAt })).toThrow(RejectedEventError);
  },
);

describe(`${numRuns} slightly invalid events`, () => {
  const events = mutatedEvent(eventFiles.map(({ event }) => event));

  test('are parsed or rejected, without another error', () => {
    fc.assert(
      fc.property(events, (event) => {
        try {
          parseChange(event);
        } catch (error) {
          if (!(error instanceof RejectedEventError)) throw error;
        }
      }),
      { numRuns },
    );
  });

  test('return plain JSON or are rejected', async () => {
    const { direct } = createFunction();
    await fc.assert(
      fc.asyncProperty(events, async (event) => {
        const result = await direct(event, lambdaContext()).catch((error: unknown) => {
          if (!(error instanceof RejectedEventError)) throw error;
          return {};
        });
        if (!isDeepStrictEqual(JSON.parse(JSON.stringify(result)), result)) throw new Error('no plain JSON');
      }),
      { numRuns },
    );
  });

  test('are answered below 500, as a body or as the HTTP event itself', async () => {
    const { http } = createFunction();
    const headers = { 'content-type': 'application/json' };
    await fc.assert(
      fc.asyncProperty(events, async (event) => {
        const posted = httpEvent({ method: 'POST', path: '/refresh/', headers, body: JSON.stringify(event) });
        for (const sent of [posted, event]) {
          const { statusCode, body } = await http(sent, lambdaContext());
          expect(statusCode).toBeLessThan(500);
          if (statusCode >= 400 && body !== undefined)
            expect(JSON.parse(body)).toEqual({ code: expect.any(String), message: expect.any(String) });
        }
      }),
      { numRuns: numRuns / 5 },
    );
  });
});
