import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageOf } from '../../lib/snapshots/page.ts';
import { keysOf } from '../../lib/tables/key.ts';
import { topics } from '../../tables/topics.ts';
import { loadedOf } from '../fakes/loaded.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';

const { compare } = keysOf(topics.key.order);

/** Tables of up to 40 records, cut into chunks of all sizes. */
const tables = fc.record({
  ids: fc.uniqueArray(fc.integer({ min: -60, max: 60 }), { maxLength: 40 }),
  width: fc.nat(40),
  fillBytes: fc.integer({ min: 1, max: 400 }),
});

function snapshotOf({ ids, width, fillBytes }: { ids: number[]; width: number; fillBytes: number }) {
  const records = ids.toSorted((a, b) => a - b).map((id) => recordOf(String(id), 'é'.repeat(width)));
  const sizes = { fillBytes, mostBytes: 2 * fillBytes };
  return loadedOf(records, { sizes }).then((snapshot) => ({ snapshot, records }));
}

describe('for any table, chunks and limit', () => {
  const limits = fc.integer({ min: 1, max: 50 });

  test('the pages, one after the other, are the whole', async () => {
    await fc.assert(
      fc.asyncProperty(tables, limits, async (table, limit) => {
        const { snapshot, records } = await snapshotOf(table);
        const texts: string[] = [];
        let after: string | undefined;
        for (let pages = 0; pages === 0 || after !== undefined; pages += 1) {
          expect(pages).toBeLessThanOrEqual(records.length);
          const page = pageOf(snapshot, { after, limit }, compare);
          texts.push(String(page.body).slice('{"topics":['.length, -']}'.length));
          after = page.nextAfter;
        }
        expect(`{"topics":[${texts.join(',')}]}`).toBe(String(snapshot.body()));
      }),
    );
  });

  test('a page has the first records after a key, be there a record of that key or not', async () => {
    const keys = fc.integer({ min: -65, max: 65 });
    await fc.assert(
      fc.asyncProperty(tables, limits, keys, async (table, limit, after) => {
        const { snapshot, records } = await snapshotOf(table);
        const rest = records.filter(({ key }) => Number(key) > after);
        const { body, nextAfter } = pageOf(snapshot, { after: String(after), limit }, compare);
        expect(String(body)).toBe(naiveBody('topics', rest.slice(0, limit)));
        expect(nextAfter).toBe(rest.length > limit ? rest[limit - 1]?.key : undefined);
      }),
    );
  });
});

test('keys are compared as the database does, not as texts', async () => {
  const records = ['2', '10', '9007199254740993'].map((key) => recordOf(key, key));
  const snapshot = await loadedOf(records, { sizes: { fillBytes: 1, mostBytes: 2 } });
  expect(String(pageOf(snapshot, { after: '9', limit: 1 }, compare).body)).toContain('"10"');
  expect(pageOf(snapshot, { after: '9007199254740992', limit: 5 }, compare).nextAfter).toBeUndefined();
});
