import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { bearerToken } from '../../lib/http/bearer-token.ts';
import { createReported } from '../fakes/reported.ts';
import { createTestClock } from '../fakes/test-clock.ts';

const current = 'the-current-token';
const next = 'the-token-after-it';
const wrong = 'a-token-of-nobody';

let parameter: string;
let lookups: number;
let down: Error | undefined;
let clock: ReturnType<typeof createTestClock>;
let reported: ReturnType<typeof createReported>;
let authorize: ReturnType<typeof bearerToken>;

beforeEach(() => {
  parameter = current;
  lookups = 0;
  down = undefined;
  clock = createTestClock();
  reported = createReported();
  authorize = bearerToken({
    readTokens: async () => {
      lookups += 1;
      if (down !== undefined) throw down;
      return parameter;
    },
    nowMs: clock.now,
    report: reported.report,
  });
});

const bearer = (token: string) => authorize(`Bearer ${token}`);
const passes = (token: string) => expect(bearer(token)).resolves.toBeUndefined();
const isRefused = (token: string) => expect(bearer(token)).rejects.toMatchObject({ status: 401 });

describe('a request', () => {
  test('with the current token passes', () => passes(current));

  test.each([`bearer ${current}`, `BEARER   ${current}  `])(
    'passes however the scheme is written (%j)',
    async (authorization) => {
      await expect(authorize(authorization)).resolves.toBeUndefined();
    },
  );

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${current}`,
    current,
    `Bearer ${current} ${current}`,
  ])('without a token (%j) is answered with the scheme, without a look-up', async (authorization) => {
    await expect(authorize(authorization)).rejects.toMatchObject({
      status: 401,
      code: 'unauthorized',
      headers: { 'www-authenticate': 'Bearer realm="refresh"' },
    });
    expect(lookups).toBe(0);
  });

  test.each([wrong, `${current}x`, current.slice(0, -1), current.toUpperCase()])(
    'with another token (%s) is told that it is wrong',
    async (token) => {
      await expect(bearer(token)).rejects.toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="refresh", error="invalid_token"' },
      });
    },
  );

  test('is refused with any token where there is no place to look tokens up', async () => {
    authorize = bearerToken({ readTokens: undefined, nowMs: clock.now, report: reported.report });
    for (const token of [current, '', 'undefined']) await isRefused(token);
  });
});

describe('while the token is being changed', () => {
  beforeEach(() => passes(current));

  test('both pass, with any white space between them', async () => {
    parameter = ` ${current}\n${next}\n`;
    clock.advance(2_000);
    await passes(next);
    await passes(current);
  });

  test('a new token passes at once', async () => {
    clock.advance(2_000);
    parameter = next;
    await passes(next);
  });

  test('a removed token is refused after a minute', async () => {
    parameter = next;
    clock.advance(59_999);
    await passes(current);
    clock.advance(1);
    await isRefused(current);
  });

  test('a removed token is refused as soon as the new one was looked up', async () => {
    parameter = next;
    clock.advance(2_000);
    await passes(next);
    await isRefused(current);
  });

  test('a third one is ignored, and reported without its value', async () => {
    parameter = `${current} ${next} ${wrong}`;
    clock.advance(2_000);
    await isRefused(wrong);
    expect(reported.names()).toEqual(['token.ignored']);
    expect(JSON.stringify(reported.events)).not.toContain(wrong);
  });
});

describe('a parameter', () => {
  test.each(['', ' ', '\n'])('without a token (%j) rejects every caller', async (value) => {
    parameter = value;
    await isRefused('');
    await isRefused(current);
  });

  test('with a token under 16 characters does not let it pass', async () => {
    parameter = 'fifteen-letters';
    await isRefused('fifteen-letters');
    expect(reported.names()).toEqual(['token.ignored']);
  });

  test('with a token of 16 characters lets it pass', async () => {
    parameter = 'sixteen-letters!';
    await passes('sixteen-letters!');
  });
});

describe('look-ups', () => {
  test('are not made for a token that is known', async () => {
    for (let second = 0; second < 60; second += 1) {
      await passes(current);
      clock.advance(1_000);
    }
    expect(lookups).toBe(1);
  });

  test('are made every other second at most, however many wrong tokens come', async () => {
    for (let ms = 0; ms < 20_000; ms += 100) {
      await isRefused(wrong);
      clock.advance(100);
    }
    expect(lookups).toBe(10);
  });

  test('are shared by concurrent requests', async () => {
    await Promise.all([passes(current), isRefused(wrong), passes(current)]);
    expect(lookups).toBe(1);
  });

  test('are made again after the clock was set back', async () => {
    await passes(current);
    clock.advance(-3_600_000);
    parameter = next;
    await passes(next);
  });
});

describe('while tokens cannot be looked up', () => {
  const isUnavailable = async (token: string) => {
    const failed = expect(bearer(token)).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'token_unavailable', cause: down });
  };

  test('a token that is not known is neither passed nor refused', async () => {
    down = new Error('no route to SSM');
    await isUnavailable(current);
    await isUnavailable(wrong);
  });

  test('a token accepted within the last minute passes, independently of other callers', async () => {
    await passes(current);
    clock.advance(30_000);
    down = new Error('no route to SSM');
    await isUnavailable(wrong);
    await passes(current);
    clock.advance(30_000);
    await isUnavailable(current);
  });

  test('it is not tried more often than otherwise', async () => {
    down = new Error('Rate exceeded');
    for (let ms = 0; ms < 20_000; ms += 100) {
      await isUnavailable(current);
      clock.advance(100);
    }
    expect(lookups).toBe(10);
  });

  test('the next look-up may succeed', async () => {
    down = new Error('no route to SSM');
    await isUnavailable(current);
    down = undefined;
    clock.advance(2_000);
    await passes(current);
  });
});
