import { beforeEach, describe, expect, test } from '@jest/globals';
import change from '../../events/change.json' with { type: 'json' };
import schedule from '../../events/schedule.json' with { type: 'json' };
import type { Applied } from '../../lib/changes/apply-change.ts';
import type { Change } from '../../lib/changes/change.ts';
import { eventHandler } from '../../lib/changes/event-handler.ts';
import { parseChange } from '../../lib/changes/parse-change.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { answered } from '../fakes/answered.ts';
import { lambdaContext } from '../fakes/lambda-context.ts';
import { pointerOf } from '../fakes/pointers.ts';
import { createReportedLog } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';

const unknownColumns = new Map([['topics', ['votes']]]);

let applied: Applied;
let failure: Error | undefined;
let changes: { change: Change; how: unknown }[];
let reported: ReturnType<typeof createReportedLog>;

beforeEach(() => {
  applied = answered('published', pointerOf(712), { unknownColumns, pending: ['713'] });
  failure = undefined;
  changes = [];
  reported = createReportedLog();
});

const handle = (event: unknown) => {
  const applyChange = async (change: Change, how: unknown) => {
    changes.push({ change, how });
    if (failure !== undefined) throw failure;
    return applied;
  };
  const deps = { nowMs: createTestClock(1_000_000).now, log: reported.log };
  return eventHandler({ parseChange, applyChange }, deps)(event, lambdaContext({ remainingMs: 29_000 }));
};

describe('an event', () => {
  test('is applied until one second before the deadline, without waiting, while there is work', async () => {
    await handle({ ...change, transactionId: '712' });
    expect(changes).toEqual([
      {
        change: {
          kind: 'change',
          relations: ['public.bbs_topic'],
          transactionIds: ['712'],
          announcedAtMs: change.announcedAt,
        },
        how: { deadlineMs: 1_028_000, wait: false, lingerMs: Number.POSITIVE_INFINITY },
      },
    ]);
  });

  test('of the schedule resumes open work', async () => {
    await handle(schedule);
    expect(changes).toMatchObject([{ change: { kind: 'schedule' } }]);
  });

  test('is logged with its id at its start, and with its outcome at its end', async () => {
    await handle(change);
    expect(reported.begun).toEqual(['request-1']);
    expect(reported.events).toEqual([{ name: 'event.applied', outcome: 'published' }]);
  });
});

describe('the result', () => {
  test('says what is published and what is pending, and is plain JSON without the chunks', async () => {
    const result = await handle(change);
    expect(result).toEqual({
      outcome: 'published',
      version: 712,
      pending: ['713'],
      leftOut: [],
      held: [],
      unknownColumns: { topics: ['votes'] },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test.each<Applied>([
    { outcome: 'idle' },
    { outcome: 'recorded' },
    { outcome: 'ignored', reason: 'no table of this dataset has this name' },
  ])('%j is returned unchanged', async (outcome) => {
    applied = outcome;
    expect(await handle(change)).toEqual(outcome);
  });
});

describe('a rejection', () => {
  test.each([null, undefined, [], 'x', 42, {}, { Records: [] }, { source: 'aws.s3' }])(
    'of what is not understood (%j) has the name that Lambda shows, and changes nothing',
    async (event) => {
      await expect(handle(event)).rejects.toMatchObject({ name: 'event_unknown', code: 'event_unknown' });
      expect(changes).toEqual([]);
      expect(reported.events).toMatchObject([{ name: 'event.rejected', level: 'error' }]);
    },
  );

  test('contains no value of a row', async () => {
    const rejected = handle({ ...change, record: { password: 'hunter2' } });
    const error: unknown = await rejected.catch((error: unknown) => error);
    expect(error).toMatchObject({ name: 'event_unknown' });
    for (let one = error; one instanceof Error; one = one.cause) expect(one.message).not.toContain('hunter2');
  });

  test('that fails rejects with its error, so that the sender retries', async () => {
    failure = new UnavailableError('database_unavailable', 'It sleeps.', { retryAfterMs: 1_000 });
    await expect(handle(change)).rejects.toBe(failure);
    expect(reported.events).toEqual([{ name: 'event.failed', level: 'error', cause: failure }]);
  });
});
