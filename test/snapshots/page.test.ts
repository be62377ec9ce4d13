import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toChunk, unpack } from '../../lib/snapshots/chunk.ts';
import { type OpenRun, pageAfter, pageBetween, recordOf as recordIn } from '../../lib/snapshots/page.ts';
import { keysOf } from '../../lib/tables/key.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { cutAll } from '../fakes/cut-all.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';
import { topics } from '../support/tables/topics.ts';

const { compare } = keysOf(topics.key.order);

/** Tables of up to 24 records, cut into chunks of all sizes. */
const tables = fc.record({
  ids: fc.uniqueArray(fc.integer({ min: -60, max: 60 }), { maxLength: 24 }),
  width: fc.nat(40),
  fillBytes: fc.integer({ min: 1, max: 400 }),
});

async function openRuns(records: readonly StoredRecord[], fillBytes: number): Promise<OpenRun[]> {
  let at = 0;
  const runs: OpenRun[] = [];
  for (const chunk of (await cutAll(records, { fillBytes, mostBytes: 2 * fillBytes })).map(toChunk)) {
    const { open } = unpack(await chunk.pack());
    runs.push({ at, open });
    at += chunk.ref.count;
  }
  return runs;
}

async function tableOf({ ids, width, fillBytes }: { ids: number[]; width: number; fillBytes: number }) {
  const records = ids.toSorted((a, b) => a - b).map((id) => recordOf(String(id), 'é'.repeat(width)));
  const runs = await openRuns(records, fillBytes);
  return { records, runs, table: { name: 'topics', count: records.length, compare } };
}

describe('for any table, chunks and limit', () => {
  const limits = fc.integer({ min: 1, max: 30 });

  test('the pages, one after the other, are the whole', async () => {
    await fc.assert(
      fc.asyncProperty(tables, limits, async (of, limit) => {
        const { records, runs, table } = await tableOf(of);
        const texts: string[] = [];
        let after: string | undefined;
        for (let pages = 0; pages === 0 || after !== undefined; pages += 1) {
          expect(pages).toBeLessThanOrEqual(records.length);
          const page = pageAfter(runs, { after, limit }, table);
          texts.push(String(page.body).slice('{"topics":['.length, -']}'.length));
          after = page.nextAfter;
        }
        expect(`{"topics":[${texts.join(',')}]}`).toBe(naiveBody('topics', records));
      }),
    );
  });

  test('a page has the first records after a key, be there a record of that key or not', async () => {
    const keys = fc.integer({ min: -65, max: 65 });
    await fc.assert(
      fc.asyncProperty(tables, limits, keys, async (of, limit, after) => {
        const { records, runs, table } = await tableOf(of);
        const rest = records.filter(({ key }) => Number(key) > after);
        const { body, nextAfter } = pageAfter(runs, { after: String(after), limit }, table);
        expect(String(body)).toBe(naiveBody('topics', rest.slice(0, limit)));
        expect(nextAfter).toBe(rest.length > limit ? rest[limit - 1]?.key : undefined);
      }),
    );
  });

  test('a page of positions has the records there', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.nat(28), fc.nat(28), async (of, from, length) => {
        const { records, runs } = await tableOf(of);
        const body = pageBetween(runs, { from, to: from + length }, 'topics');
        expect(String(body)).toBe(naiveBody('topics', records.slice(from, from + length)));
      }),
    );
  });

  test('one record is found by its key, and no other is', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: -65, max: 65 }), async (of, key) => {
        const { records, runs } = await tableOf(of);
        const found = recordIn(runs, String(key), compare);
        expect(found?.toString()).toBe(records.find((record) => record.key === String(key))?.json);
      }),
    );
  });
});

test('keys are compared as the database does, not as texts', async () => {
  const records = ['2', '10', '9007199254740993'].map((key) => recordOf(key, key));
  const runs = await openRuns(records, 1);
  const table = { name: 'topics', count: 3, compare };
  expect(String(pageAfter(runs, { after: '9', limit: 1 }, table).body)).toContain('"10"');
  expect(pageAfter(runs, { after: '9007199254740992', limit: 5 }, table).nextAfter).toBeUndefined();
});
