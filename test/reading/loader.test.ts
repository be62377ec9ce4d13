import { beforeEach, describe, expect, test } from '@jest/globals';
import { UnavailableError } from '../../lib/errors.ts';
import { publish } from '../../lib/publishing/publish.ts';
import type { LoadedSnapshot } from '../../lib/snapshots/snapshot.ts';
import { StoreError } from '../../lib/stores/store.ts';
import { packedByAnother } from '../fakes/other-zlib.ts';
import { form, naiveBody, naiveEtag, runsOf } from '../fakes/records.ts';
import { createService, once } from '../fakes/service.ts';

let service: ReturnType<typeof createService>;
beforeEach(() => {
  service = createService();
});

describe('what is published', () => {
  test('is assembled from the store, and the database is left alone', async () => {
    await publishedElsewhere();
    const { snapshot, from } = await load();
    expect(from).toBe('store');
    expect(snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(service.calls).toEqual(['store.readHead', 'store.readChunks']);
  });

  test('costs one read of the head where memory is still it', async () => {
    await publishedElsewhere();
    const { snapshot } = await load();
    service.calls.length = 0;
    expect(await load(snapshot)).toEqual({ snapshot, from: 'memory' });
    expect(service.calls).toEqual(['store.readHead']);
  });

  test('is fetched only as far as memory lacks it', async () => {
    await publishedElsewhere();
    const { snapshot } = await load();
    await publishedElsewhere(['3']);
    const asked: unknown[] = [];
    once(service.around, 'store.readChunks', async (proceed, { args: [hashes] }) => {
      asked.push(hashes);
      return proceed();
    });
    const next = await load(snapshot);
    expect(asked).toEqual([[next.snapshot.head.chunks[2]?.hash]]);
    expect(next.snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    // The older one can go on being served while the newer is made.
    expect(snapshot.body().toString()).not.toBe(next.snapshot.body().toString());
  });

  test('of the same content at a later moment needs no chunk', async () => {
    await publishedElsewhere();
    const { snapshot } = await load();
    await publishedElsewhere([]);
    const next = await load(snapshot);
    expect(next.snapshot.head.etag).toBe(snapshot.head.etag);
    expect(next.snapshot.head.rank).toBeGreaterThan(snapshot.head.rank);
    // What was made of it, compressed bodies too, goes on being used.
    expect(next.snapshot.chunks).toBe(snapshot.chunks);
    expect(next.snapshot.payload('br')).toBe(snapshot.payload('br'));
  });

  test('is not taken when memory holds a later one', async () => {
    await publishedElsewhere();
    const { snapshot } = await load();
    for (const rank of [snapshot.head.rank + 1, snapshot.head.rank]) {
      const held = { ...snapshot, head: { ...snapshot.head, rank } };
      expect((await load(held)).snapshot).toBe(held);
    }
    const held = { ...snapshot, head: { ...snapshot.head, epoch: 2, rank: 1 } };
    expect((await load(held)).snapshot).toBe(held);
  });

  test('that has been replaced, and retired, while this container was slow, gives way to the later one', async () => {
    await publishedElsewhere();
    once(service.around, 'store.readChunks', async (proceed) => {
      await publishedElsewhere(['1', '2', '3', '4']);
      return proceed();
    });
    const { snapshot, from } = await load();
    expect(from).toBe('store');
    expect(snapshot.head).toEqual(await service.store.readHead());
    expect(snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(service.count('source.read')).toBe(0);
  });

  test('and cannot be asked for is an error: what to do about it is not decided here', async () => {
    const broken = new StoreError('a test', new Error());
    for (const call of ['store.readHead', 'store.readChunks']) {
      await publishedElsewhere();
      once(service.around, call, async () => {
        throw broken;
      });
      await expect(load()).rejects.toBe(broken);
    }
    expect(service.count('source.read')).toBe(0);
  });
});

describe('a broken snapshot', () => {
  test('of which a chunk is missing is repaired', async () => {
    await publishedElsewhere();
    await lose(1);
    await expectRepaired();
  });

  test('of which a chunk is corrupt is repaired', async () => {
    await publishedElsewhere();
    once(service.around, 'store.readChunks', async (proceed) => {
      const chunks = await proceed();
      return Array.isArray(chunks) ? chunks.map((chunk) => ({ ...chunk, body: new Uint8Array(9) })) : [];
    });
    await expectRepaired();
  });

  test('is repaired though zlib has packed differently when it was published', async () => {
    await publishedElsewhere();
    const head = await service.store.readHead();
    const chunks = await service.store.readChunks(head?.chunks.map(({ hash }) => hash) ?? []);
    await service.store.writeChunks(chunks.map(packedByAnother), head ?? { epoch: 0, rank: 0 });
    await lose(1);
    await expectRepaired();
    expect(await service.store.readHead()).toEqual(head);
  });

  test('is repaired at a later moment too', async () => {
    await publishedElsewhere();
    await lose(0);
    service.change(['4']);
    await expectRepaired();
  });

  test('is repaired once another container has done an ordinary refresh', async () => {
    await publishedElsewhere();
    await lose(1);
    await service.leaseTaken();
    service.clock.meanwhile.push(
      async () => service.requests.settle({ served: 1, settled: [] }),
      async () => service.requests.release({ owner: 'another' }),
    );
    await expectRepaired();
  });

  test('that an earlier release has published is repaired at the very moment that it is of', async () => {
    await publishedElsewhere();
    const head = await service.store.readHead();
    if (head === undefined) throw new Error('nothing is published');
    const { form: _, ...formless } = head;
    const chunks = head.chunks.map(({ source: _, ...chunk }) => chunk);
    await service.store.publish({ ...formless, chunks }, head);
    await lose(1);
    await expectRepaired();
    expect((await load()).from).toBe('store');
  });

  test('is repaired for every container', async () => {
    await publishedElsewhere();
    await lose(2);
    await load();
    service.calls.length = 0;
    await load();
    expect(service.calls).toEqual(['store.readHead', 'store.readChunks']);
  });

  async function lose(at: number) {
    const head = await service.store.readHead();
    const version = { epoch: 1, rank: Number.MAX_SAFE_INTEGER };
    await service.store.retireChunks([head?.chunks[at]?.hash ?? ''], version);
  }

  async function expectRepaired() {
    const { snapshot, from } = await load();
    expect(from).toBe('database');
    expect(snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(service.events[0]).toMatchObject({ name: 'snapshot.broken', level: 'error' });
    expect(service.count('source.read')).toBe(1);
  }
});

describe('where nothing is published', () => {
  test('the table is read, and published for the others', async () => {
    const { snapshot, from } = await load();
    expect(from).toBe('database');
    expect(snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(await service.store.readHead()).toEqual(snapshot.head);
    service.calls.length = 0;
    await load();
    expect(service.calls).toEqual(['store.readHead', 'store.readChunks']);
  });

  test('what another container publishes meanwhile is taken', async () => {
    await service.leaseTaken();
    service.clock.meanwhile.push(async () => {
      await publishedElsewhere();
      await service.requests.settle({ served: 1, settled: [] });
    });
    const { snapshot } = await load();
    expect(snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(service.count('source.read')).toBe(0);
  });

  test('and another container does not come to it in time, there is nothing to serve', async () => {
    await service.leaseTaken(60_000);
    const failed = expect(load()).rejects;
    await failed.toThrow(UnavailableError);
    await failed.toMatchObject({ code: 'nothing_published', retryAfterMs: 1_000 });
  });
});

describe("a store of the container's own", () => {
  beforeEach(() => {
    service = createService({ refreshAlways: true });
  });

  test('is refreshed by every question, since nobody else publishes there', async () => {
    const { snapshot } = await load();
    service.change();
    const next = await load(snapshot);
    expect(next.from).toBe('database');
    expect(next.snapshot.body().toString()).toBe(naiveBody('topics', service.table()));
    expect(service.count('source.read')).toBe(2);
  });

  test('does not answer with what is older than the question', async () => {
    const { snapshot } = await load();
    service.change();
    await service.leaseTaken(60_000);
    await expect(load(snapshot)).rejects.toThrow(UnavailableError);
  });
});

const load = (held?: LoadedSnapshot) => service.load(held, service.clock.now() + 30_000);

/** As another container does it, whose calls are not noted. */
async function publishedElsewhere(rows?: readonly string[]) {
  if (rows?.length === 0) service.database.rollBack(service.database.begin([]));
  else service.change(rows);
  const { store, table, database } = service;
  const snapshot = database.snapshot();
  const content = {
    ...{ form, runs: runsOf(table(), []), etag: naiveEtag(table()), snapshot },
    version: { epoch: 1, rank: database.finished() },
  };
  await publish(store, content, await store.readHead(), { sizes: { fillBytes: 1, mostBytes: 2 }, nowMs: 0 });
}
