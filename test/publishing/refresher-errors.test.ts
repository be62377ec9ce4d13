import { beforeEach, describe, expect, test } from '@jest/globals';
import { EpochError } from '../../lib/publishing/publish.ts';
import { StoreError } from '../../lib/stores/store.ts';
import { headOf } from '../fakes/heads.ts';
import { naiveBody } from '../fakes/records.ts';
import { createService, once } from '../fakes/service.ts';
import { bodyIn } from '../fakes/stored-body.ts';

let service: ReturnType<typeof createService>;
beforeEach(() => {
  service = createService();
});

describe('an error', () => {
  const broken = new StoreError('a test', new Error());

  test.each([
    'requests.acquire',
    'store.readHead',
    'source.read',
    'store.writeChunks',
    'store.publish',
    'requests.settle',
  ])('of %s reaches the caller, and what was recorded is served by the schedule', async (call) => {
    await service.refresh();
    service.change();
    for (const fail of [before, after]) {
      once(service.around, call, fail);
      await expect(service.refresh()).rejects.toBe(broken);
      service.clock.advance(30_000); // at the worst, the lease has to run out
      await service.resume();
      await expectPublished();
      expect(await service.resume()).toEqual({ outcome: 'idle' });
      service.change();
    }
  });

  test('of the source gives the lease back at once', async () => {
    once(service.around, 'source.read', before);
    await expect(service.refresh()).rejects.toBe(broken);
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('that keeps the lease from being given back is reported, and not told instead of the first', async () => {
    once(service.around, 'source.read', before);
    once(service.around, 'requests.release', async () => {
      throw new Error('and this one');
    });
    await expect(service.refresh()).rejects.toBe(broken);
    expect(service.names()).toEqual(['refresh.lease_kept']);
  });

  test('after the request was served does not fail it', async () => {
    once(service.around, 'requests.settle', async (proceed) => {
      const state = await proceed();
      once(service.around, 'source.read', before);
      await service.requests.record([]);
      return state;
    });
    once(service.around, 'requests.release', async (proceed) => proceed());
    service.around['requests.record'] = async (proceed) => proceed();
    const refreshed = service.refresh({ lingerMs: 1_000 });
    expect(await refreshed).toMatchObject({ outcome: 'published' });
    expect(service.names()).toEqual(['refresh.done', 'refresh.interrupted']);
    expect(await service.requests.read()).toMatchObject({ requested: 2, served: 1 });
    expect(await service.leaseTaken()).toBeDefined();
  });

  test('of the record is told: nothing was promised', async () => {
    once(service.around, 'requests.record', before);
    await expect(service.refresh()).rejects.toBe(broken);
    expect(service.calls).toEqual(['requests.record']);
  });

  test('of an outdated epoch reaches the caller, and the request stays', async () => {
    await service.store.publish(headOf({ epoch: 1, rank: 5_000 }), undefined);
    await expect(service.refresh()).rejects.toThrow(EpochError);
    expect(await service.requests.read()).toMatchObject({ requested: 1, served: 0 });
    expect(await service.store.readHead()).toMatchObject({ rank: 5_000 });
  });

  async function before(): Promise<never> {
    throw broken;
  }
  async function after(proceed: () => Promise<unknown>): Promise<never> {
    await proceed();
    throw broken;
  }
});

async function expectPublished() {
  expect(await bodyIn(service.store, 'topics')).toBe(naiveBody('topics', service.table()));
}
