import { execFileSync } from 'node:child_process';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, gzipOf, inflate, type Segment, toSegment, toStored } from '../../lib/snapshots/segment.ts';
import { anyText } from '../fakes/any-text.ts';

/** Compressible and incompressible texts; short texts are stored uncompressed. */
const part = fc.oneof(
  anyText({ maxLength: 500 }).map((text) => ({ text, stored: true })),
  anyText({ maxLength: 2_000 }).map((text) => ({ text, stored: false })),
  fc.integer({ min: 1, max: 5_000 }).map((count) => ({ text: '{"a":1},'.repeat(count), stored: false })),
);

const segmentsOf = (parts: readonly { text: string; stored: boolean }[]): Promise<Segment[]> =>
  Promise.all(parts.map(({ text, stored }) => (stored ? toStored(text) : toSegment(Buffer.from(text)))));

describe('segments, in any order', () => {
  test('are one gzip member, and inflate to the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const segments = await segmentsOf(parts);
        const whole = Buffer.from(parts.map(({ text }) => text).join(''));
        const member = gzipOf(segments);
        expect(gunzipSync(member).equals(whole)).toBe(true); // gunzip rejects a wrong CRC or length
        // One gzip member, because some clients stop after the first.
        expect(inflateRawSync(member.subarray(10, -8)).equals(whole)).toBe(true);
        expect(member.readUInt32LE(member.byteLength - 4)).toBe(whole.byteLength);
        expect(inflate(segments).equals(whole)).toBe(true);
        expect(bytesOf(segments)).toBe(whole.byteLength);
      }),
    );
  });

  test('pass `gzip --test`', async () => {
    const member = gzipOf([toStored('['), await toSegment(Buffer.from('1,'.repeat(999))), toStored('1]')]);
    execFileSync('gzip', ['--test'], { input: member });
    expect(execFileSync('gzip', ['--decompress', '--stdout'], { input: member }).toString()).toBe(
      `[${'1,'.repeat(999)}1]`,
    );
  });

  test('are no longer than a deflated whole by more than a few bytes each', async () => {
    const content = Buffer.alloc(100_000, 'a');
    const { deflated } = await toSegment(content);
    expect(deflated.byteLength).toBeLessThan(200);
    expect(toStored(',').deflated.byteLength).toBe(6);
  });
});
