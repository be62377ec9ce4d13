import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { fitPointer } from '../../lib/publishing/fit-pointer.ts';
import { emptyPointer } from '../../lib/publishing/replace-pointer.ts';
import type { ChunkRef } from '../../lib/snapshots/manifest.ts';
import type { Pointer, Tables } from '../../lib/snapshots/pointer.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';
import { readChunkRefs, readTables } from '../../lib/stores/read-manifest.ts';

const sha = (text: string) => hash('sha256', text, 'base64url');
const refsOf = (table: string, count: number, keyLength = 8): ChunkRef[] =>
  Array.from({ length: count }, (_, at) => ({
    ...{ hash: sha(`${table} ${at}`), source: sha(`rows ${table} ${at}`), count: 500, bytes: 120_000 },
    firstKey: String(at).padStart(keyLength, '0'),
  }));
const generation = Date.UTC(2_030, 0);
function pointerOf(
  tables: Record<string, ChunkRef[]>,
  { snapshot = '4000000000:4000000000:', forms = 1 } = {},
): Pointer {
  const entries = Object.entries(tables).map(([name, refs]): [string, Tables[string]] => [
    name,
    Array.from({ length: forms }, (_, at) => ({
      ...{ manifest: { level: 0 as const, refs }, etag: sha(name), count: 1, bytes: 1, snapshot },
      ...{ form: sha(`${at}`), generation, changed: generation, request: `${sha('i').slice(0, 36)} 1000` },
    })),
  ]);
  const revision = '00000000-0000-0000-0000-000000000000';
  return { ...emptyPointer(revision), generation, tables: Object.fromEntries(entries) };
}
const sizeOf = (pointer: Pointer) => Buffer.byteLength(JSON.stringify(pointer));

async function expectFits(pointer: Pointer) {
  const fitted = fitPointer(pointer);
  expect(sizeOf(fitted.pointer)).toBeLessThanOrEqual(3_072);
  expect(JSON.stringify(fitPointer(pointer).pointer)).toBe(JSON.stringify(fitted.pointer));
  const blobs = createMemoryBlobs();
  for (const blob of fitted.blobs) await blobs.put(blob, 0);
  const tables = await readTables(blobs, fitted.pointer);
  for (const [name, entries] of Object.entries(pointer.tables))
    for (const [at, entry] of entries.entries()) {
      const { refs } = await readChunkRefs(blobs, tables[name]?.[at]?.manifest ?? { level: 0, refs: [] });
      expect(isDeepStrictEqual(refs, entry.manifest.refs)).toBe(true); // toEqual takes a second
    }
  return fitted;
}

describe('a pointer', () => {
  test('of a small table stays unchanged', async () => {
    const pointer = pointerOf({ topics: refsOf('topics', 8) });
    expect(await expectFits(pointer)).toEqual({ pointer, blobs: [] });
  });

  test.each([100, 1_300, 6_000])('of %i chunks fits, in segments', async (chunks) => {
    const { pointer, blobs } = await expectFits(pointerOf({ topics: refsOf('topics', chunks) }));
    expect(pointer.root).toBeUndefined();
    expect(blobs.length).toBeGreaterThan(1);
  });

  test.each([
    [1_300, 200],
    [500, 2_000],
  ])('of %i chunks with keys of %i bytes fits', async (chunks, keyLength) => {
    await expectFits(pointerOf({ topics: refsOf('topics', chunks, keyLength) }));
  });

  test('has the largest manifest packed first: a small table beside a large one stays inline', async () => {
    const { pointer } = await expectFits(
      pointerOf({ large: refsOf('large', 500), small: refsOf('small', 2) }),
    );
    expect(pointer.tables['large']?.[0]?.manifest.level).toBeGreaterThan(0);
    expect(pointer.tables['small']?.[0]?.manifest.level).toBe(0);
  });

  test.each([
    [
      '30 tables',
      Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`table_${at}`, refsOf(`${at}`, 40)])),
      {},
    ],
    [
      '350 running writers',
      { topics: refsOf('topics', 100) },
      {
        snapshot: `4000000000:4000000400:${Array.from({ length: 350 }, (_, at) => 4_000_000_000 + at).join(',')}`,
      },
    ],
  ])('of %s has its tables in a root', async (_, tables, options) => {
    const { pointer, blobs } = await expectFits(pointerOf(tables, { ...options, forms: 2 }));
    expect(pointer.tables).toEqual({});
    expect(blobs.at(-1)?.hash).toBe(pointer.root);
  });
});
