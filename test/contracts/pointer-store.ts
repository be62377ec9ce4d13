import { beforeEach, describe, expect, test } from '@jest/globals';
import type { PointerStore } from '../../lib/stores/pointers.ts';
import { entryOf, pointerOf } from '../fakes/pointers.ts';

/** The contract of every PointerStore. */
export function describePointerStore(name: string, create: () => Promise<PointerStore>) {
  describe(`${name} as PointerStore`, () => {
    let store: PointerStore;
    beforeEach(async () => {
      store = await create();
    });

    describe('the pointer', () => {
      test('is undefined before the first write', async () => {
        expect(await store.read()).toBeUndefined();
      });

      test('equals the last write, member for member', async () => {
        const pointer = pointerOf(1_700_000_000_000, {
          ...{ oldest: 3, sweep: 4, pin: 5 },
          tables: {
            topics: [entryOf('a', 7), entryOf('b', 6, { held: entryOf('c', 5) })],
            トピック: [
              entryOf('d', 2, {
                manifest: {
                  level: 2,
                  refs: [{ hash: entryOf('e', 1).etag, firstKey: '😊', count: 3, bytes: 9 }],
                },
              }),
            ],
          },
        });
        const { form: _, changed: __, request: ___, generation: ____, ...held } = entryOf('c', 5);
        pointer.tables['topics']?.splice(1, 1, entryOf('b', 6, { held }));
        expect(await store.replace(pointer, undefined)).toBe(true);
        expect(await store.read()).toEqual(pointer);
      });

      test('is replaced by a writer that read its revision', async () => {
        await store.replace(pointerOf(1), undefined);
        expect(await store.replace(pointerOf(2), 'revision of 1')).toBe(true);
        expect(await store.read()).toEqual(pointerOf(2));
      });

      test('stays where another revision was read', async () => {
        await store.replace(pointerOf(1), undefined);
        await store.replace(pointerOf(2), 'revision of 1');
        expect(await store.replace(pointerOf(3), 'revision of 1')).toBe(false);
        expect(await store.read()).toEqual(pointerOf(2));
      });

      test('is not replaced by a writer that expects none', async () => {
        await store.replace(pointerOf(1), undefined);
        expect(await store.replace(pointerOf(2), undefined)).toBe(false);
        expect(await store.read()).toEqual(pointerOf(1));
      });

      test('is not made where a revision is expected', async () => {
        expect(await store.replace(pointerOf(2), 'revision of 1')).toBe(false);
        expect(await store.read()).toBeUndefined();
      });

      test('is replaced by exactly one of many that have read the same revision', async () => {
        await store.replace(pointerOf(1), undefined);
        const contenders = Array.from({ length: 20 }, (_, at) => pointerOf(2, { revision: `of ${at}` }));
        const replaced = await Promise.all(
          contenders.map((pointer) => store.replace(pointer, 'revision of 1')),
        );
        expect(replaced.filter(Boolean)).toHaveLength(1);
        expect((await store.read())?.revision).toBe(`of ${replaced.indexOf(true)}`);
      });
    });

    describe('an archived pointer', () => {
      test('is read by its generation', async () => {
        await store.archive(pointerOf(7));
        expect(await store.readArchived(7)).toEqual(pointerOf(7));
        expect(await store.readArchived(8)).toBeUndefined();
        expect(await store.read()).toBeUndefined();
      });

      test('stays as it was archived first, until a revision of a later sweep is archived', async () => {
        await store.archive(pointerOf(7, { sweep: 2 }));
        await store.archive(pointerOf(7, { revision: 'of the same sweep', sweep: 2, tables: {} }));
        await store.archive(pointerOf(7, { revision: 'of an earlier sweep', sweep: 1, tables: {} }));
        expect(await store.readArchived(7)).toEqual(pointerOf(7, { sweep: 2 }));
        await store.archive(pointerOf(7, { revision: 'of a later sweep', sweep: 3 }));
        expect(await store.readArchived(7)).toEqual(pointerOf(7, { revision: 'of a later sweep', sweep: 3 }));
      });

      test('is listed with others, the newest first, in pages', async () => {
        const generations = [9, 1_700_000_000_001, 10, 1_700_000_000_000, 100];
        for (const generation of generations) await store.archive(pointerOf(generation));
        await store.replace(pointerOf(1_700_000_000_002), undefined);
        const first = await store.listArchived({ limit: 3 });
        expect(first.map(({ generation }) => generation)).toEqual([
          1_700_000_000_001, 1_700_000_000_000, 100,
        ]);
        expect(first[2]).toEqual(pointerOf(100));
        const rest = await store.listArchived({ before: 100, limit: 3 });
        expect(rest.map(({ generation }) => generation)).toEqual([10, 9]);
        expect(await store.listArchived({ before: 9, limit: 3 })).toEqual([]);
      });

      test('is gone once it is deleted', async () => {
        await store.archive(pointerOf(7));
        await store.deleteArchived(7);
        await store.deleteArchived(7);
        expect(await store.readArchived(7)).toBeUndefined();
        expect(await store.listArchived({ limit: 3 })).toEqual([]);
      });
    });
  });
}
