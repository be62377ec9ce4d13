import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Blob, BlobStore, BlobSweep, SeenBlob } from '../../lib/stores/blobs.ts';

const blobOf = (hash: string, body = `the body of ${hash}`): Blob => ({ hash, body: Buffer.from(body) });
const large = (hash: string): Blob => ({ hash, body: randomBytes(1_000_000) });

/** The contract of every BlobStore. */
export function describeBlobStore(name: string, create: () => Promise<BlobStore & BlobSweep>) {
  describe(`${name} as BlobStore`, () => {
    let store: BlobStore & BlobSweep;
    beforeEach(async () => {
      store = await create();
    });
    const bodies = async (...hashes: string[]) =>
      (await store.read(hashes)).map(({ hash, body }) => [hash, Buffer.from(body).toString()]);
    async function seen(): Promise<SeenBlob[]> {
      const all: SeenBlob[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.scan(cursor);
        all.push(...page.seen);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return all.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.part - b.part));
    }

    describe('a blob', () => {
      test('is read as it was put, and left out where it is missing', async () => {
        expect(await store.put(blobOf('a'), 0)).toBe(true);
        await store.put(blobOf('b'), 0);
        expect(await bodies('b', 'missing', 'a')).toEqual([
          ['b', 'the body of b'],
          ['a', 'the body of a'],
        ]);
        expect(await store.read([])).toEqual([]);
      });

      test('of 1 MB is read byte for byte', async () => {
        const blob = large('a');
        await store.put(blob, 0);
        const [found] = await store.read(['a']);
        expect(Buffer.compare(Buffer.from(found?.body ?? []), Buffer.from(blob.body))).toBe(0);
      });

      test('is read with 250 others', async () => {
        const hashes = Array.from({ length: 251 }, (_, at) => `blob ${at}`);
        await Promise.all(hashes.map((hash) => store.put(blobOf(hash), 0)));
        expect((await store.read(hashes)).map(({ hash }) => hash).sort()).toEqual([...hashes].sort());
      });

      test('is put again by a writer that has read the same sweep or a later one', async () => {
        await store.put(blobOf('a', 'first'), 1);
        expect(await store.put(blobOf('a', 'second'), 1)).toBe(true);
        expect(await store.put(blobOf('a', 'third'), 3)).toBe(true);
        expect(await bodies('a')).toEqual([['a', 'third']]);
      });

      test('is not put by a writer that has read an earlier sweep', async () => {
        await store.put(blobOf('a', 'first'), 2);
        expect(await store.put(blobOf('a', 'late'), 1)).toBe(false);
        expect(await bodies('a')).toEqual([['a', 'first']]);
        expect(await seen()).toEqual([{ hash: 'a', part: 0, sweep: 2 }]);
      });
    });

    test('blobs with a given sweep are distinguished from others and from missing ones', async () => {
      await store.put(blobOf('a'), 4);
      await store.put(blobOf('b'), 5);
      await store.put(large('c'), 5);
      expect(await store.carrying(['a', 'b', 'c', 'missing'], 5)).toEqual(new Set(['b', 'c']));
      expect(await store.carrying(['a', 'b'], 4)).toEqual(new Set(['a']));
    });

    describe('a scan', () => {
      test('sees every part of every blob with its sweep', async () => {
        await store.put(blobOf('a'), 1);
        await store.put(large('b'), 2);
        const found = await seen();
        expect(found[0]).toEqual({ hash: 'a', part: 0, sweep: 1 });
        expect(found.slice(1).every(({ hash, sweep }) => hash === 'b' && sweep === 2)).toBe(true);
        expect(found.slice(1).map(({ part }) => part)).toEqual(found.slice(1).map((_, at) => at));
      });

      test('sees more than one page holds', async () => {
        for (let at = 0; at < 4; at += 1) await store.put(large(`blob ${at}`), 1);
        expect(new Set((await seen()).map(({ hash }) => hash)).size).toBe(4);
      });
    });

    describe('a deletion', () => {
      test('takes a blob away that is as it was seen', async () => {
        await store.put(blobOf('a'), 1);
        expect(await store.deleteSeen({ hash: 'a', part: 0, sweep: 1 })).toBe(true);
        expect(await store.read(['a'])).toEqual([]);
        expect(await store.deleteSeen({ hash: 'a', part: 0, sweep: 1 })).toBe(false);
      });

      test('leaves a blob that was put again since', async () => {
        await store.put(blobOf('a'), 1);
        await store.put(blobOf('a'), 2);
        expect(await store.deleteSeen({ hash: 'a', part: 0, sweep: 1 })).toBe(false);
        expect(await bodies('a')).toEqual([['a', 'the body of a']]);
      });
    });
  });
}
