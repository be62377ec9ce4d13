import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import type { LoadedSnapshot } from '../../lib/snapshots/snapshot.ts';
import {
  type AskedReader,
  createAskedReader,
  down,
  fails,
  freshForMs,
  loaded,
  staleLimitMs,
} from '../fakes/asked-reader.ts';

/** How long a question takes that nobody answers: its tries and their delays. */
const hangMs = 6_000;

let asked: AskedReader;
beforeEach(() => {
  asked = createAskedReader();
});

describe('while nobody answers', () => {
  beforeEach(async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.clock.advance(freshForMs);
    asked.answer = fails(down);
  });

  test('memory is served as stale, its age growing, and reported', async () => {
    expect(await asked.read()).toMatchObject({ from: 'memory', ageMs: freshForMs, stale: true });
    asked.clock.advance(500);
    expect(await asked.read()).toMatchObject({ from: 'memory', ageMs: freshForMs + 500, stale: true });
    expect(asked.reported.events).toEqual([
      { name: 'list.stale', level: 'warn', ageMs: freshForMs, cause: down },
    ]);
  });

  test('the next question is put freshForMs after the one that failed', async () => {
    await asked.read();
    asked.answer = loaded(8);
    asked.clock.advance(freshForMs - 1);
    expect(await asked.read()).toMatchObject({ snapshot: { head: { rank: 7 } }, stale: true });
    asked.clock.advance(1);
    expect(await asked.read()).toMatchObject({ snapshot: { head: { rank: 8 } }, stale: false, ageMs: 0 });
  });

  test('the next question is put freshForMs after the failure, however long that took: one request waits', async () => {
    let times = 0;
    asked.answer = () => {
      times += 1;
      asked.clock.advance(hangMs);
      return Promise.reject(down);
    };
    expect(await asked.read()).toMatchObject({ ageMs: freshForMs + hangMs, stale: true });
    for (let passedMs = 0; passedMs < freshForMs; passedMs += freshForMs / 10) {
      const ageMs = freshForMs + hangMs + passedMs;
      expect(await asked.read()).toMatchObject({ from: 'memory', ageMs, stale: true });
      asked.clock.advance(freshForMs / 10);
    }
    expect(times).toBe(1);
    await asked.read();
    expect(times).toBe(2);
  });

  test('memory is stale although the clock has gone back, to where memory was loaded or before', async () => {
    for (const backMs of [freshForMs, 1]) {
      asked.answer = () => {
        asked.clock.advance(-backMs);
        return Promise.reject(down);
      };
      expect(await asked.read({ noCache: true })).toMatchObject({ ageMs: 0, stale: true });
      expect(await asked.read()).toMatchObject({ ageMs: 0, stale: true });
    }
  });

  test('a request with no-cache asks all the same, and is served from memory', async () => {
    await asked.read();
    let times = 0;
    asked.answer = () => {
      times += 1;
      return Promise.reject(down);
    };
    expect(await asked.read({ noCache: true })).toMatchObject({ from: 'memory', stale: true });
    expect(times).toBe(1);
  });

  test('memory past the stale limit is not served', async () => {
    asked.clock.advance(staleLimitMs - freshForMs);
    expect(await asked.read()).toMatchObject({ ageMs: staleLimitMs, stale: true });
    asked.clock.advance(1);
    await expect(asked.read()).rejects.toBe(down);
    await expect(asked.read()).rejects.toBe(down);
  });

  test('memory past the stale limit is served again once somebody answers', async () => {
    asked.clock.advance(staleLimitMs);
    await expect(asked.read()).rejects.toBe(down);
    asked.answer = loaded(7, 'memory');
    expect(await asked.read()).toMatchObject({ from: 'memory', stale: false, ageMs: 0 });
  });
});

describe('the table itself', () => {
  let bypassed: (LoadedSnapshot | undefined)[];
  beforeEach(() => {
    bypassed = [];
    asked = createAskedReader({
      loadWithoutStore: async (held) => {
        bypassed.push(held);
        return loaded(9, 'database')();
      },
    });
  });

  test('is read when the shared cache is down and memory has nothing', async () => {
    asked.answer = fails(down);
    expect(await asked.read()).toMatchObject({
      snapshot: { head: { rank: 9 } },
      from: 'database',
      stale: false,
    });
    expect(asked.reported.names()).toEqual(['store.bypassed']);
  });

  test('is read when the shared cache is down and memory is past the stale limit', async () => {
    asked.answer = loaded(7);
    const { snapshot } = await asked.read();
    asked.clock.advance(staleLimitMs + 1);
    asked.answer = fails(down);
    expect(await asked.read()).toMatchObject({ from: 'database', ageMs: 0 });
    expect(bypassed).toEqual([snapshot]);
  });

  test('is not read again within freshForMs, however long the shared cache took to fail', async () => {
    asked.answer = () => {
      asked.clock.advance(hangMs);
      return Promise.reject(down);
    };
    expect(await asked.read()).toMatchObject({ from: 'database', ageMs: hangMs, stale: false });
    asked.clock.advance(freshForMs - 1);
    const ageMs = hangMs + freshForMs - 1;
    expect(await asked.read()).toMatchObject({ from: 'memory', ageMs, stale: true });
    expect(bypassed).toHaveLength(1);
  });

  test('is left alone while there is anything to serve', async () => {
    asked.answer = loaded(7);
    await asked.read();
    asked.clock.advance(staleLimitMs);
    asked.answer = fails(down);
    expect(await asked.read()).toMatchObject({ from: 'memory', stale: true });
    expect(bypassed).toEqual([]);
  });

  test('is not read for an error that is not the shared cache', async () => {
    const other = new UnavailableError('database_unavailable', 'down', { retryAfterMs: 1_000 });
    asked.answer = fails(other);
    await expect(asked.read()).rejects.toBe(other);
    expect(bypassed).toEqual([]);
  });
});
