import { hash } from 'node:crypto';
import type { ChunkRef, ManifestRef, SegmentRef } from './manifest.ts';
import { encodeSegment, type TextBlob } from './manifest-segment.ts';

/** The bound for a segment's text, in bytes: with its name and numbers the item has at most 4 KB, one read unit. */
export const segmentBytes = 3_900;
/** On average one of this number of refs begins a segment. */
const refsPerSegment = 16;

export interface PackedManifest {
  manifest: ManifestRef;
  /** The blobs to store before the manifest is published. */
  segments: TextBlob[];
}

/** Adds levels until the manifest has at most `budgetBytes` as JSON, or one ref. */
export function packManifest(manifest: ManifestRef, budgetBytes: number): PackedManifest {
  const segments: TextBlob[] = [];
  let packed = manifest;
  while (packed.refs.length > 1 && manifestBytes(packed) > budgetBytes) {
    const level = packLevel(packed);
    packed = level.manifest;
    segments.push(...level.segments);
  }
  return { manifest: packed, segments };
}

/** The size as UTF-8 JSON. */
export const manifestBytes = (manifest: ManifestRef) => Buffer.byteLength(JSON.stringify(manifest));

/** Puts the refs into segments, and returns refs to those. There are at most half as many segments as refs. */
export function packLevel(manifest: ManifestRef): PackedManifest {
  const level = manifest.level + 1;
  const runs = runsOf(manifest.refs, level).map((refs) => ({ level: manifest.level, refs }));
  const segments = runs.map(encodeSegment);
  const refs = runs.map(({ refs }, at): SegmentRef => {
    const sum = (of: (ref: ChunkRef | SegmentRef) => number) => refs.reduce((all, ref) => all + of(ref), 0);
    return {
      hash: segments[at]?.hash ?? '',
      firstKey: refs[0]?.firstKey ?? '',
      count: sum(({ count }) => count),
      bytes: sum(({ bytes }) => bytes),
    };
  });
  return { manifest: { level, refs }, segments };
}

/** A ref, the size of its fields as JSON, and a rank that depends only on its key. */
interface Weighed<Ref> {
  ref: Ref;
  bytes: number;
  rank: number;
}

/**
 * Only the first keys of refs decide where a segment begins, and a changed chunk keeps its first key: it changes one
 * segment of each level. Where chunks are cut or joined, only nearby segments move.
 */
function runsOf<Ref extends ChunkRef | SegmentRef>(refs: readonly Ref[], level: number): Ref[][] {
  const weighed = refs.map(
    (ref): Weighed<Ref> => ({
      ref,
      bytes: Buffer.byteLength(JSON.stringify(Object.values(ref))) + 1,
      rank: hash('sha256', `${level} ${ref.firstKey}`, 'buffer').readUInt32BE(),
    }),
  );
  const runs: Weighed<Ref>[][] = [];
  for (const one of weighed) {
    const last = runs.at(-1);
    if (last === undefined || (one.rank % refsPerSegment === 0 && last.length > 1)) runs.push([one]);
    else last.push(one);
  }
  return runs.flatMap(split).map((run) => run.map(({ ref }) => ref));
}

/**
 * Cuts a run that is too large for a segment before the ref of the lowest rank. Each part keeps at least two refs, also if they
 * are too large.
 */
function split<Ref>(run: Weighed<Ref>[]): Weighed<Ref>[][] {
  const bytes = run.reduce((sum, one) => sum + one.bytes, 4);
  if (bytes <= segmentBytes || run.length < 4) return [run];
  const inner = run.slice(2, -1);
  const lowest = inner.reduce((least, one) => (one.rank < least.rank ? one : least));
  const at = run.indexOf(lowest);
  return [...split(run.slice(0, at)), ...split(run.slice(at))];
}
