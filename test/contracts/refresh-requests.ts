import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  mostLeaseMs,
  mostPending,
  type RefreshRequests,
  type RefreshState,
} from '../../lib/stores/requests.ts';

const nowMs = 1_700_000_000_000;
const untilMs = nowMs + 30_000;

/** @param forget deletes the item, as an operator can */
export interface TestRequests {
  requests: RefreshRequests;
  forget(): Promise<void>;
}

/** The contract of every RefreshRequests. */
export function describeRefreshRequests(name: string, create: () => Promise<TestRequests>) {
  describe(`${name} as RefreshRequests`, () => {
    let requests: RefreshRequests;
    let forget: TestRequests['forget'];
    beforeEach(async () => {
      ({ requests, forget } = await create());
    });
    const record = (transactionIds: readonly string[] = [], owner = 'a', atMs = nowMs) =>
      requests.record({ transactionIds, nowMs: atMs, lease: { owner, untilMs: atMs + 30_000 } });
    const pendingOf = (state: RefreshState | undefined) =>
      [...(state?.pending.keys() ?? [])].sort((a, b) => Number(a) - Number(b));
    const acquire = (owner: string, atMs = nowMs) =>
      requests.acquire({ owner, nowMs: atMs, untilMs: atMs + 30_000 });
    const settle = (state: RefreshState, changes: Partial<Parameters<RefreshRequests['settle']>[0]> = {}) =>
      requests.settle({
        ...{ incarnation: state.incarnation, owner: 'a', served: state.requested, settled: [] },
        ...{ settledDropped: undefined, add: [], release: false, ...changes },
      });

    describe('a record', () => {
      test('creates the item: ticket 1, none served, the lease for its caller', async () => {
        expect(await requests.read()).toBeUndefined();
        const state = await record(['11']);
        expect(state).toMatchObject({
          requested: 1,
          served: 0,
          dropped: undefined,
          lease: { owner: 'a', untilMs },
        });
        expect(state.pending).toEqual(new Map([['11', nowMs]]));
        expect(state.incarnation).not.toBe('');
        expect(await requests.read()).toEqual(state);
      });

      test('has the next ticket, in the same incarnation', async () => {
        const { incarnation } = await record();
        expect(await record()).toMatchObject({ incarnation, requested: 2 });
      });

      test('after a deletion of the item is the first of another incarnation', async () => {
        const before = await record(['11']);
        await forget();
        const after = await record(['12']);
        expect(after).toMatchObject({ requested: 1, served: 0 });
        expect(after.incarnation).not.toBe(before.incarnation);
        expect(pendingOf(after)).toEqual(['12']);
      });

      test('gets a unique ticket among 50 concurrent ones, in one incarnation', async () => {
        const states = await Promise.all(
          Array.from({ length: 50 }, (_, at) => record([String(100 + at)], `owner ${at}`)),
        );
        expect(states.map(({ requested }) => requested).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 50 }, (_, at) => at + 1),
        );
        expect(new Set(states.map(({ incarnation }) => incarnation)).size).toBe(1);
        expect((await requests.read())?.pending.size).toBe(50);
        expect(states.filter(({ lease }, at) => lease?.owner === `owner ${at}`)).toHaveLength(1);
      });

      test('keeps each transaction once, with the time of its first announcement', async () => {
        await record(['12', '11', '12']);
        const state = await record(['12', '13'], 'a', nowMs + 5_000);
        expect(state.pending).toEqual(
          new Map([
            ['11', nowMs],
            ['12', nowMs],
            ['13', nowMs + 5_000],
          ]),
        );
      });

      test('keeps the time of the announcement if it is given', async () => {
        const lease = { owner: 'a', untilMs };
        await requests.record({ transactionIds: ['11'], announcedAtMs: nowMs - 700, nowMs, lease });
        const state = await requests.record({ transactionIds: ['11', '12'], nowMs, lease });
        expect(state.pending).toEqual(
          new Map([
            ['11', nowMs - 700],
            ['12', nowMs],
          ]),
        );
      });

      test('leaves the lease with its holder', async () => {
        await record([], 'a');
        expect((await record([], 'b')).lease).toEqual({ owner: 'a', untilMs });
      });

      test('takes a lease that is over, and one that ends later than any can', async () => {
        await record([], 'a');
        expect((await record([], 'b', untilMs)).lease?.owner).toBe('b');
        await requests.acquire({ owner: 'b', nowMs, untilMs: nowMs + 10 * mostLeaseMs });
        expect((await record([], 'c')).lease?.owner).toBe('c');
      });

      test('never has more transactions pending than the bound: of the others the highest is kept', async () => {
        const ids = Array.from({ length: mostPending + 30 }, (_, at) => String(1_000 + at));
        await record(ids.slice(0, 600));
        const state = await record(ids.slice(600));
        expect(state.pending.size).toBe(mostPending);
        const lost = ids.filter((id) => !state.pending.has(id));
        expect(lost).toHaveLength(30);
        expect(lost.every((id) => BigInt(id) <= BigInt(state.dropped ?? -1))).toBe(true);
        expect(lost).toContain(state.dropped);
      }, 60_000);
    });

    describe('the lease', () => {
      test('is given with the state at that moment, and not to another while it lasts', async () => {
        await record(['11'], 'a');
        expect(await acquire('a')).toMatchObject({ requested: 1, lease: { owner: 'a', untilMs } });
        expect(await acquire('b', untilMs - 1)).toBeUndefined();
        expect(await acquire('b', untilMs)).toMatchObject({ lease: { owner: 'b' } });
        expect(await acquire('a', untilMs)).toBeUndefined();
      });

      test('is not given where there is no item', async () => {
        expect(await acquire('a')).toBeUndefined();
        expect(await requests.read()).toBeUndefined();
      });

      test('that a clock far ahead has given is over', async () => {
        await record([], 'a');
        await requests.acquire({ owner: 'a', nowMs, untilMs: nowMs + 10 * mostLeaseMs });
        expect(await acquire('b')).toMatchObject({ lease: { owner: 'b' } });
      });

      test('is taken from an owner that is named, by exactly one, and from no other', async () => {
        await record([], 'a');
        const from = (holder: string, owner: string) =>
          requests.acquire({ owner, nowMs, untilMs, from: holder });
        expect(await from('x', 'b')).toBeUndefined();
        const given = await Promise.all(['b', 'c', 'd'].map((owner) => from('a', owner)));
        expect(given.filter((state) => state !== undefined)).toHaveLength(1);
        expect((await requests.read())?.lease?.owner).not.toBe('a');
      });

      test('is given to exactly one of many at once', async () => {
        await record([], 'first');
        await requests.release({ owner: 'first' });
        const given = await Promise.all(Array.from({ length: 10 }, (_, at) => acquire(`owner ${at}`)));
        expect(given.filter((state) => state !== undefined)).toHaveLength(1);
      });

      test('is given back by its owner alone', async () => {
        await record([], 'a');
        expect(await requests.release({ owner: 'b' })).toBe(true);
        expect(await acquire('c')).toBeUndefined();
        expect(await requests.release({ owner: 'a' })).toBe(true);
        expect(await acquire('c')).toBeDefined();
      });

      test('is kept by its owner where a request came after the ticket', async () => {
        const { requested } = await record([], 'a');
        await record([], 'b');
        expect(await requests.release({ owner: 'a', requested })).toBe(false);
        expect(await acquire('c')).toBeUndefined();
        expect(await requests.release({ owner: 'a', requested: requested + 1 })).toBe(true);
        expect(await acquire('c')).toBeDefined();
      });
    });

    describe('to settle', () => {
      test('raises `served`, and never lowers it', async () => {
        const first = await record();
        const second = await record();
        expect(await settle(second)).toMatchObject({ served: 2 });
        expect(await settle(first)).toMatchObject({ served: 2 });
      });

      test('removes any number of settled transactions, at any `served`', async () => {
        const ids = Array.from({ length: 130 }, (_, at) => String(100 + at));
        const state = await record([...ids, '7']);
        const later = await record();
        await settle(later);
        expect(pendingOf(await settle(state, { settled: ids }))).toEqual(['7']);
      });

      test('without a ticket serves none, and removes settled transactions', async () => {
        const state = await record(['11', '12']);
        const after = await settle(state, { served: undefined, settled: ['11'], release: true });
        expect(after).toMatchObject({ served: 0, lease: { owner: 'a' } });
        expect(pendingOf(after)).toEqual(['12']);
      });

      test('strikes the dropped id that was noted, and no higher one', async () => {
        const state = await record(Array.from({ length: mostPending + 1 }, (_, at) => String(1_000 + at)));
        expect((await settle(state))?.dropped).toBe(state.dropped);
        expect((await settle(state, { settledDropped: '7' }))?.dropped).toBe(state.dropped);
        expect((await settle(state, { settledDropped: state.dropped }))?.dropped).toBeUndefined();
      }, 60_000);

      test('adds transactions with the time of their announcement', async () => {
        const state = await record(['11']);
        const add = Array.from({ length: 120 }, (_, at) => ({
          transactionId: String(500 + at),
          announcedAtMs: nowMs - 7,
        }));
        const after = await settle(state, { add });
        expect(after?.pending.size).toBe(121);
        expect(after?.pending.get('619')).toBe(nowMs - 7);
      });

      test('releases the lease in the same write where no ticket was recorded since', async () => {
        const state = await record();
        expect(await settle(state, { release: true })).toMatchObject({ served: 1, lease: undefined });
        expect(await acquire('b')).toBeDefined();
      });

      test('keeps the lease where a request came since', async () => {
        const state = await record();
        await record([], 'b');
        expect(await settle(state, { release: true })).toMatchObject({
          requested: 2,
          served: 1,
          lease: { owner: 'a' },
        });
      });

      test('leaves another’s lease', async () => {
        const state = await record([], 'a');
        expect(await settle(state, { owner: 'b', release: true })).toMatchObject({
          served: 1,
          lease: { owner: 'a' },
        });
      });

      test('has no effect in another incarnation', async () => {
        const before = await record(['11']);
        await forget();
        const after = await record(['11']);
        expect(await settle(before, { settled: ['11'], release: true })).toBeUndefined();
        expect(await requests.read()).toEqual(after);
      });
    });
  });
}
