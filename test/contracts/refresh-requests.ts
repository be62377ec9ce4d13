import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RefreshRequests } from '../../lib/stores/store.ts';

const nowMs = 1_700_000_000_000;
const untilMs = nowMs + 30_000;

/** What every RefreshRequests does, whatever it is made of. */
export function describeRefreshRequests(name: string, create: () => Promise<RefreshRequests>) {
  describe(`${name} as RefreshRequests`, () => {
    let requests: RefreshRequests;
    beforeEach(async () => {
      requests = await create();
    });

    describe('a record', () => {
      test('is not there at first', async () => {
        expect(await requests.read()).toEqual({ requested: 0, served: 0, pending: [] });
      });

      test('has the next ticket', async () => {
        expect(await requests.record([])).toBe(1);
        expect(await requests.record([])).toBe(2);
        expect(await requests.read()).toEqual({ requested: 2, served: 0, pending: [] });
      });

      test('has a ticket of its own among 50 at once', async () => {
        const tickets = await Promise.all(Array.from({ length: 50 }, () => requests.record([])));
        expect(tickets.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
        expect((await requests.read()).requested).toBe(50);
      });

      test('has a higher ticket than every one that was finished before it', async () => {
        let highest = 0;
        for (let round = 0; round < 5; round += 1) {
          const tickets = await Promise.all(Array.from({ length: 10 }, () => requests.record([])));
          expect(Math.min(...tickets)).toBeGreaterThan(highest);
          highest = Math.max(...tickets);
        }
      });

      test('keeps the transactions it names, each once, with those of others', async () => {
        await requests.record(['12', '11', '12']);
        await requests.record(['12', '13']);
        expect(await pending()).toEqual(['11', '12', '13']);
      });

      test('loses no transaction among 50 at once', async () => {
        const xids = Array.from({ length: 50 }, (_, at) => String(100 + at));
        await Promise.all(xids.map((xid) => requests.record([xid])));
        expect(await pending()).toEqual(xids);
      });
    });

    describe('the lease', () => {
      test('is given with the state at that moment', async () => {
        await requests.record(['11']);
        await requests.record([]);
        expect(await acquire('a')).toEqual({ requested: 2, served: 0, pending: ['11'] });
      });

      test('is given before anything was recorded', async () => {
        expect(await acquire('a')).toEqual({ requested: 0, served: 0, pending: [] });
      });

      test('is not given to another while it lasts', async () => {
        await acquire('a');
        expect(
          await requests.acquire({ owner: 'b', nowMs: untilMs - 1, untilMs: untilMs + 1 }),
        ).toBeUndefined();
      });

      test('is given to another when its time is over', async () => {
        await acquire('a');
        expect(await requests.acquire({ owner: 'b', nowMs: untilMs, untilMs: untilMs + 1 })).toBeDefined();
        expect(await acquire('a')).toBeUndefined();
      });

      test('is given to exactly one of many at once', async () => {
        const given = await Promise.all(Array.from({ length: 10 }, (_, at) => acquire(`owner ${at}`)));
        expect(given.filter((state) => state !== undefined)).toHaveLength(1);
      });

      test('is given again to the owner: the first answer may have been lost', async () => {
        await acquire('a');
        await requests.record([]);
        expect(await acquire('a')).toEqual({ requested: 1, served: 0, pending: [] });
        expect(await acquire('b')).toBeUndefined();
      });

      test('can end between two milliseconds', async () => {
        expect(
          await requests.acquire({ owner: 'a', nowMs: nowMs + 0.3, untilMs: nowMs + 10.7 }),
        ).toBeDefined();
        expect(
          await requests.acquire({ owner: 'b', nowMs: nowMs + 10.5, untilMs: nowMs + 20 }),
        ).toBeUndefined();
      });
    });

    describe('to settle', () => {
      test('raises what is served, and gives the state after that', async () => {
        await requests.record([]);
        await requests.record([]);
        const state = { requested: 2, served: 1, pending: [] };
        expect(await requests.settle({ served: 1, settled: [] })).toEqual(state);
        expect(await requests.read()).toEqual(state);
      });

      test('never lowers what is served', async () => {
        for (let at = 0; at < 3; at += 1) await requests.record([]);
        await requests.settle({ served: 3, settled: [] });
        const state = { requested: 3, served: 3, pending: [] };
        expect(await requests.settle({ served: 2, settled: [] })).toEqual(state);
        expect(await requests.read()).toEqual(state);
      });

      test('never lowers what is served, whoever comes first', async () => {
        await Promise.all([5, 9, 2, 7].map((served) => requests.settle({ served, settled: [] })));
        expect((await requests.read()).served).toBe(9);
      });

      test('removes the settled transactions and no other', async () => {
        await requests.record(['11', '12', '13']);
        const { pending } = await requests.settle({ served: 1, settled: ['11', '13', '99'] });
        expect(pending).toEqual(['12']);
      });

      test('removes them even where more is served already', async () => {
        await requests.record(['11', '12']);
        await requests.record([]);
        await requests.settle({ served: 2, settled: [] });
        expect(await requests.settle({ served: 1, settled: ['11'] })).toEqual({
          requested: 2,
          served: 2,
          pending: ['12'],
        });
      });

      test('removes the last one', async () => {
        await requests.record(['11']);
        expect((await requests.settle({ served: 1, settled: ['11'] })).pending).toEqual([]);
        expect((await requests.read()).pending).toEqual([]);
        await requests.record(['12']);
        expect(await pending()).toEqual(['12']);
      });
    });

    describe('a release', () => {
      test('lets the next one have the lease', async () => {
        await acquire('a');
        expect(await requests.release({ owner: 'a' })).toBe(true);
        expect(await acquire('b')).toBeDefined();
      });

      test('up to the last ticket lets the next one have the lease', async () => {
        const requested = await requests.record([]);
        await acquire('a');
        expect(await requests.release({ owner: 'a', requested })).toBe(true);
        expect(await acquire('b')).toBeDefined();
      });

      test('up to a ticket keeps the lease when another request came since', async () => {
        const requested = await requests.record([]);
        await acquire('a');
        await requests.record([]);
        expect(await requests.release({ owner: 'a', requested })).toBe(false);
        expect(await acquire('b')).toBeUndefined();
      });

      test('without a ticket lets the next one have it whatever came since', async () => {
        await requests.record([]);
        await acquire('a');
        await requests.record([]);
        expect(await requests.release({ owner: 'a' })).toBe(true);
        expect(await acquire('b')).toBeDefined();
      });

      test("leaves another owner's lease alone", async () => {
        const requested = await requests.record([]);
        await acquire('a');
        expect(await requests.release({ owner: 'late' })).toBe(true);
        expect(await requests.release({ owner: 'late', requested })).toBe(true);
        expect(await acquire('b')).toBeUndefined();
      });

      test('tells one that has lost the lease of a request that came since', async () => {
        const requested = await requests.record([]);
        await acquire('a');
        await requests.record([]);
        expect(await requests.release({ owner: 'late', requested })).toBe(false);
      });

      test('can be repeated', async () => {
        const requested = await requests.record([]);
        await acquire('a');
        await requests.release({ owner: 'a', requested });
        expect(await requests.release({ owner: 'a', requested })).toBe(true);
      });

      test('forgets nothing of what was recorded', async () => {
        await requests.record(['11']);
        await acquire('a');
        await requests.release({ owner: 'a' });
        expect(await requests.read()).toEqual({ requested: 1, served: 0, pending: ['11'] });
      });
    });

    const acquire = (owner: string) => requests.acquire({ owner, nowMs, untilMs });
    const pending = async () => [...(await requests.read()).pending].sort();
  });
}
