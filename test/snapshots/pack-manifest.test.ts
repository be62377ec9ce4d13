import { hash as digest } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import type { ChunkRef, ManifestRef } from '../../lib/snapshots/manifest.ts';
import {
  decodeRoot,
  decodeSegment,
  encodeRoot,
  encodeSegment,
} from '../../lib/snapshots/manifest-segment.ts';
import { manifestBytes, packManifest } from '../../lib/snapshots/pack-manifest.ts';

const sha = (text: string) => digest('sha256', text, 'base64url');
const refOf = (firstKey: string, content = ''): ChunkRef => ({
  hash: sha(`${firstKey} ${content}`),
  source: sha(`rows ${firstKey} ${content}`),
  firstKey,
  count: 500,
  bytes: 120_000,
});
const refsOf = (count: number) => Array.from({ length: count }, (_, at) => refOf(String(1_000 * at)));
const leaf = (refs: ChunkRef[]): ManifestRef => ({ level: 0, refs });

/** The chunks that a reader gets from a manifest. */
function expanded(manifest: ManifestRef, stored: ReadonlyMap<string, Uint8Array>): ChunkRef[] {
  return manifest.refs.flatMap((ref) => {
    if ('source' in ref) return [ref];
    const inner = decodeSegment(ref.hash, stored.get(ref.hash) ?? Buffer.from('none'));
    expect(inner.level).toBe(manifest.level - 1);
    const sum = (key: 'count' | 'bytes') => inner.refs.reduce((all, ref) => all + ref[key], 0);
    expect(ref).toMatchObject({
      firstKey: inner.refs[0]?.firstKey,
      count: sum('count'),
      bytes: sum('bytes'),
    });
    return expanded(inner, stored);
  });
}
const storedOf = (segments: readonly { hash: string; body: Uint8Array }[]) =>
  new Map(segments.map(({ hash, body }) => [hash, body]));

describe('a manifest', () => {
  test('stays inline while it fits its budget', () => {
    const manifest = leaf(refsOf(10));
    expect(packManifest(manifest, 3_000)).toEqual({ manifest, segments: [] });
  });

  test('of any keys is packed within its budget, into segments of at most 4 KB, and read back as it was', () => {
    const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 400 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 200, max: 3_000 }), (keys, budget) => {
        const refs = keys.sort().map((key) => refOf(key));
        const { manifest, segments } = packManifest(leaf(refs), budget);
        expect(manifestBytes(manifest) <= budget || manifest.refs.length === 1).toBe(true);
        for (const { body } of segments) expect(body.byteLength).toBeLessThanOrEqual(4_096);
        expect(expanded(manifest, storedOf(segments))).toEqual(refs);
        expect(packManifest(leaf(refs), budget)).toEqual({ manifest, segments });
      }),
      { numRuns: 60 },
    );
  });

  test('of keys of 2,000 characters ends within its budget, too', () => {
    const refs = Array.from({ length: 300 }, (_, at) =>
      refOf(`${String(at).padStart(6, '0')}${'k'.repeat(2_000)}`),
    );
    const { manifest, segments } = packManifest(leaf(refs), 3_000);
    expect(manifestBytes(manifest)).toBeLessThanOrEqual(3_000);
    for (const { body } of segments) expect(body.byteLength).toBeLessThan(10_000);
    expect(expanded(manifest, storedOf(segments))).toEqual(refs);
  });

  test('gets one new segment of each level for one changed chunk', () => {
    const refs = refsOf(2_000);
    const before = packManifest(leaf(refs), 1_000);
    const stored = storedOf(before.segments);
    expect(before.manifest.level).toBeGreaterThanOrEqual(2);
    for (let at = 0; at < refs.length; at += 601) {
      const changed = refs.with(at, refOf(String(1_000 * at), 'changed'));
      const after = packManifest(leaf(changed), 1_000);
      const fresh = after.segments.filter(({ hash }) => !stored.has(hash));
      expect(fresh).toHaveLength(before.manifest.level);
      expect(after.manifest.refs).toHaveLength(before.manifest.refs.length);
    }
  });

  test('gets few new segments for a chunk that is cut in two, or is gone', () => {
    const refs = refsOf(2_000);
    const before = packManifest(leaf(refs), 1_000);
    const stored = storedOf(before.segments);
    for (let at = 50; at < refs.length; at += 601)
      for (const [removed, added] of [
        [1, []],
        [0, [refOf(String(1_000 * at - 500))]],
      ] as const) {
        const after = packManifest(leaf(refs.toSpliced(at, removed, ...added)), 1_000);
        const fresh = after.segments.filter(({ hash }) => !stored.has(hash));
        expect(fresh.length).toBeLessThanOrEqual(4 * before.manifest.level);
      }
  });
});

describe('a segment', () => {
  const manifest = leaf(refsOf(3));
  const { hash, body } = encodeSegment(manifest);

  test('of any level is read as it was written', () => {
    expect(decodeSegment(hash, body)).toEqual(manifest);
    const upper = { level: 2, refs: [{ hash, firstKey: 'ü"', count: 3, bytes: 5 }] };
    const segment = encodeSegment(upper);
    expect(decodeSegment(segment.hash, segment.body)).toEqual(upper);
  });

  test('that is corrupt or of another kind is rejected with its hash', () => {
    expect(() => decodeSegment(hash, Buffer.from('[0]'))).toThrow(BlobError);
    const root = encodeRoot({});
    expect(() => decodeSegment(root.hash, root.body)).toThrow(BlobError);
    expect(() => decodeRoot(hash, body)).toThrow(BlobError);
    expect(() => decodeSegment(hash, body.subarray(1))).toThrow(hash);
  });
});

test('a root holds the tables of a pointer', () => {
  const state = { manifest: leaf(refsOf(2)), etag: sha('e'), count: 2, bytes: 4, snapshot: '7:9:8' };
  const tables = {
    topics: [{ ...state, form: sha('f'), generation: 9, changed: 8, request: 'i 1', held: state }],
  };
  const { hash, body } = encodeRoot(tables);
  expect(decodeRoot(hash, body)).toEqual(tables);
});
