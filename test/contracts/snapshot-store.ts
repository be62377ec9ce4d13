import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Chunk } from '../../lib/snapshots/chunk.ts';
import type { SnapshotStore } from '../../lib/stores/store.ts';
import { headOf } from '../fakes/heads.ts';

/** A store with nothing in it, and a look behind the port. */
export interface StoreUnderTest {
  store: SnapshotStore;
  /** Whether the whole chunk is there, and nothing lets any of it expire. */
  isKept(hash: string): Promise<boolean>;
  /** Whether there is anything of the chunk that nothing lets expire. */
  isLeft(hash: string): Promise<boolean>;
}

/** What every SnapshotStore does, whatever it is made of. */
export function describeSnapshotStore(name: string, create: () => Promise<StoreUnderTest>) {
  describe(`${name} as a SnapshotStore`, () => {
    let store: SnapshotStore;
    let isKept: StoreUnderTest['isKept'];
    let isLeft: StoreUnderTest['isLeft'];
    beforeEach(async () => {
      ({ store, isKept, isLeft } = await create());
    });

    describe('the head', () => {
      test('is undefined until something is published', async () => {
        expect(await store.readHead()).toBeUndefined();
      });

      test('is read as it was published, at once', async () => {
        const head = headOf({ epoch: 1, rank: 7 }, [chunkOf('a').hash, chunkOf('b').hash]);
        expect(await store.publish(head, undefined)).toBe(true);
        expect(await store.readHead()).toEqual(head);
      });

      test('is published over the version that was seen', async () => {
        await store.publish(headOf({ epoch: 1, rank: 7 }), undefined);
        const next = headOf({ epoch: 1, rank: 9 });
        expect(await store.publish(next, { epoch: 1, rank: 7 })).toBe(true);
        expect(await store.readHead()).toEqual(next);
      });

      test.each([
        ['nothing, when there is one', undefined],
        ['an earlier one', { epoch: 1, rank: 6 }],
        ['a later one', { epoch: 1, rank: 8 }],
        ['the same rank of another epoch', { epoch: 2, rank: 7 }],
      ])('is not published over %s', async (_, over) => {
        const head = headOf({ epoch: 1, rank: 7 });
        await store.publish(head, undefined);
        expect(await store.publish(headOf({ epoch: 3, rank: 9 }), over)).toBe(false);
        expect(await store.readHead()).toEqual(head);
      });

      test('is not published over a version when nothing is published', async () => {
        expect(await store.publish(headOf({ epoch: 1, rank: 8 }), { epoch: 1, rank: 7 })).toBe(false);
        expect(await store.readHead()).toBeUndefined();
      });

      test('is published over an earlier epoch even with a lower rank', async () => {
        await store.publish(headOf({ epoch: 1, rank: 700 }), undefined);
        expect(await store.publish(headOf({ epoch: 2, rank: 3 }), { epoch: 1, rank: 700 })).toBe(true);
      });

      test('goes to exactly one of many that publish at once over the same version', async () => {
        await store.publish(headOf({ epoch: 1, rank: 1 }), undefined);
        const heads = Array.from({ length: 10 }, (_, at) => headOf({ epoch: 1, rank: 2 + at }));
        const won = await Promise.all(heads.map((head) => store.publish(head, { epoch: 1, rank: 1 })));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await store.readHead()).toEqual(heads[won.indexOf(true)]);
      });

      test('goes to exactly one of many that publish the first at once', async () => {
        const heads = Array.from({ length: 10 }, (_, at) => headOf({ epoch: 1, rank: at }));
        const won = await Promise.all(heads.map((head) => store.publish(head, undefined)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await store.readHead()).toEqual(heads[won.indexOf(true)]);
      });
    });

    describe('chunks', () => {
      test('are read byte for byte', async () => {
        const chunks = [chunkOf('a', 1), chunkOf('b', 100_000)];
        await store.writeChunks(chunks, { epoch: 1, rank: 1 });
        expect(await read(['a', 'b'])).toEqual(byHash(chunks));
      });

      test('that are missing are left out', async () => {
        const chunk = chunkOf('there');
        await store.writeChunks([chunk], { epoch: 1, rank: 1 });
        expect(await read(['not there', 'there', 'nor this'])).toEqual(byHash([chunk]));
        expect(await read(['not there'])).toEqual([]);
        expect(await read([])).toEqual([]);
      });

      test('more than 100 come in one read', async () => {
        const chunks = Array.from({ length: 230 }, (_, at) => chunkOf(`chunk ${at}`, 10));
        await store.writeChunks(chunks, { epoch: 1, rank: 1 });
        expect(await read(chunks.map((_, at) => `chunk ${at}`))).toEqual(byHash(chunks));
      });

      test('more than 16 MB come in one read', async () => {
        const chunks = Array.from({ length: 48 }, (_, at) => chunkOf(`chunk ${at}`, 380_000));
        await store.writeChunks(chunks, { epoch: 1, rank: 1 });
        expectSame(await read(chunks.map((_, at) => `chunk ${at}`)), chunks);
      }, 60_000);

      test('stay when they are written', async () => {
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 5 });
        expect(await isKept(hashOf('a'))).toBe(true);
        expect(await isKept(hashOf('b'))).toBe(false);
      });

      test('expire when a later head retires them', async () => {
        await store.writeChunks([chunkOf('a'), chunkOf('b')], { epoch: 1, rank: 5 });
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await isKept(hashOf('a'))).toBe(false);
        expect(await isKept(hashOf('b'))).toBe(true);
      });

      test('expire when a head of a later epoch retires them, whatever its rank', async () => {
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 500 });
        await store.retireChunks([hashOf('a')], { epoch: 2, rank: 1 });
        expect(await isKept(hashOf('a'))).toBe(false);
      });

      test.each([
        ['the same version', { epoch: 1, rank: 6 }],
        ['a later rank', { epoch: 1, rank: 7 }],
        ['a later epoch', { epoch: 2, rank: 1 }],
      ])('written again by %s are not retired', async (_, version) => {
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 5 });
        await store.writeChunks([chunkOf('a')], version);
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await isKept(hashOf('a'))).toBe(true);
      });

      test('that had been retired stay when they are written again', async () => {
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 5 });
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        const again = chunkOf('a');
        await store.writeChunks([again], { epoch: 1, rank: 7 });
        expect(await isKept(hashOf('a'))).toBe(true);
        expect(await read(['a'])).toEqual([again]);
      });

      test('written by a later version stay when a slow earlier one writes them after it', async () => {
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 7 });
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 5 });
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await isKept(hashOf('a'))).toBe(true);
      });

      test('are written over by the same version: a repair', async () => {
        const repaired = chunkOf('a');
        await store.writeChunks([chunkOf('a')], { epoch: 1, rank: 5 });
        await store.writeChunks([repaired], { epoch: 1, rank: 5 });
        expect(await read(['a'])).toEqual([repaired]);
      });

      test('that are not there can be retired', async () => {
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await read(['a'])).toEqual([]);
      });
    });

    describe('a chunk of 1 MB', () => {
      const version = { epoch: 1, rank: 5 };

      test('is read byte for byte, among others', async () => {
        const chunks = [chunkOf('a', 10), chunkOf('b', 1_000_000), chunkOf('c', 760_000), chunkOf('d', 1)];
        await store.writeChunks(chunks, version);
        expect(await isKept(hashOf('b'))).toBe(true);
        expectSame(await read(['a', 'b', 'c', 'd', 'not there']), chunks);
      });

      test('is one of many that come in one read', async () => {
        const chunks = Array.from({ length: 120 }, (_, at) => chunkOf(`chunk ${at}`, 400_000));
        await store.writeChunks(chunks, version);
        expectSame(await read(chunks.map((_, at) => `chunk ${at}`)), chunks);
      }, 60_000);

      test('is retired whole', async () => {
        await store.writeChunks([chunkOf('a', 1_000_000), chunkOf('b', 1_000_000)], version);
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await isLeft(hashOf('a'))).toBe(false);
        expect(await isKept(hashOf('b'))).toBe(true);
      });

      test.each([
        ['the same version', { epoch: 1, rank: 6 }],
        ['a later rank', { epoch: 1, rank: 7 }],
      ])('is not retired once it is written again by %s', async (_, again) => {
        await store.writeChunks([chunkOf('a', 1_000_000)], version);
        await store.writeChunks([chunkOf('a', 1_000_000)], again);
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        expect(await isKept(hashOf('a'))).toBe(true);
      });

      test('that had been retired stays whole when it is written again', async () => {
        await store.writeChunks([chunkOf('a', 1_000_000)], version);
        await store.retireChunks([hashOf('a')], { epoch: 1, rank: 6 });
        const again = chunkOf('a', 1_000_000);
        await store.writeChunks([again], { epoch: 1, rank: 7 });
        expect(await isKept(hashOf('a'))).toBe(true);
        expectSame(await read(['a']), [again]);
      });

      test.each([
        ['as large', 1_000_000],
        ['larger', 1_500_000],
        ['smaller', 500_000],
        ['small', 100],
      ])('is repaired by one that zlib has packed %s', async (_, bytes) => {
        await store.writeChunks([chunkOf('a', 1_000_000)], version);
        const repaired = chunkOf('a', bytes);
        await store.writeChunks([repaired], version);
        expectSame(await read(['a']), [repaired]);
      });
    });

    const read = async (names: string[]) => byHash(await store.readChunks(names.map(hashOf)));
  });
}

/** A hash as long as SHA-256 in base64url: a store must not care whether it is one. */
const hashOf = (name: string) => Buffer.from(name).toString('base64url').padStart(43, '_');

const chunkOf = (name: string, bytes = 20): Chunk => ({
  hash: hashOf(name),
  body: new Uint8Array(randomBytes(bytes)),
});

/** Not toEqual: it takes seconds to compare so many bytes. */
function expectSame(found: Chunk[], chunks: Chunk[]) {
  const written = byHash(chunks);
  expect(found.map(({ hash }) => hash)).toEqual(written.map(({ hash }) => hash));
  for (const [at, { body }] of written.entries())
    expect(Buffer.compare(found[at]?.body ?? Buffer.of(), body)).toBe(0);
}

/** As plain values: one adapter may give a Buffer where another gives a Uint8Array. */
const byHash = (chunks: Chunk[]) =>
  chunks
    .map(({ hash, body }) => ({ hash, body: new Uint8Array(body) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
