import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenChunk } from '../../lib/snapshots/chunk.ts';
import { differenceOf } from '../../lib/snapshots/difference.ts';
import { keysOf } from '../../lib/tables/key.ts';

/** Chunks of a table's records, cut at random records. */
function chunksOf(table: ReadonlyMap<number, string>, cuts: ReadonlySet<number>): { chunk: OpenChunk }[] {
  const chunks: { keys: string[]; texts: string[] }[] = [];
  for (const [key, text] of [...table].sort(([a], [b]) => a - b)) {
    if (chunks.length === 0 || cuts.has(key)) chunks.push({ keys: [], texts: [] });
    chunks.at(-1)?.keys.push(String(key));
    chunks.at(-1)?.texts.push(text);
  }
  return chunks.map(({ keys, texts }) => {
    let end = -1;
    const ends = texts.map((text) => {
      end += 1 + Buffer.byteLength(text);
      return end;
    });
    return { chunk: { keys, ends, records: Buffer.from(texts.join(',')) } };
  });
}

const record = fc.constantFrom('{"a":1}', '{"a":2}', '{"a":"é"}', '{"long":"record"}');
const table = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), record)).map((rows) => new Map(rows));
const cuts = fc.array(fc.integer({ min: -20, max: 20 })).map((keys) => new Set(keys));

test('the difference of two tables is their added or edited records and deleted keys, for any cut', () => {
  const { compare } = keysOf({ by: 'record.id', type: 'bigint' });
  fc.assert(
    fc.property(table, table, cuts, cuts, (before, after, oldCuts, newCuts) => {
      const inOrder = (keys: Iterable<number>) => [...keys].sort((a, b) => a - b);
      const difference = differenceOf(chunksOf(before, oldCuts), chunksOf(after, newCuts), compare);
      expect(difference).toEqual({
        upserts: inOrder(after.keys()).flatMap((key) => {
          const text = after.get(key);
          return text === undefined || text === before.get(key) ? [] : [text];
        }),
        deletes: inOrder(before.keys())
          .filter((key) => !after.has(key))
          .map(String),
      });
    }),
  );
});
