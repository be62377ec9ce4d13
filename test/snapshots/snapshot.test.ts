import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toSegment } from '../../lib/snapshots/segment.ts';
import { listBytes, wholeList } from '../../lib/snapshots/snapshot.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';

const table = fc
  .array(fc.jsonValue(), { maxLength: 30 })
  .map((values) => values.map((value, at) => recordOf(String(at), value)));

/** The list of records, with this many per chunk. */
async function listOf(records: readonly StoredRecord[], { name = 'topics', perRun = 3 } = {}) {
  const runs = Array.from({ length: Math.ceil(records.length / perRun) }, (_, at) =>
    records.slice(at * perRun, (at + 1) * perRun),
  );
  const texts = runs.map((run) => run.map(({ json }) => json).join(','));
  const segments = await Promise.all(texts.map((text) => toSegment(Buffer.from(text))));
  return { segments, ...wholeList(name, segments) };
}

describe('a whole list', () => {
  test('is the JSON of all records, however they were cut', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 31 }), fc.string(), async (records, perRun, name) => {
        const { body } = await listOf(records, { name, perRun });
        expect(body().toString()).toBe(naiveBody(name, records));
      }),
    );
  });

  test('counts its bytes without being made', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (records) => {
        const { bytes, body } = await listOf(records);
        expect(bytes).toBe(body().byteLength);
        const recordBytes = Buffer.byteLength(records.map(({ json }) => json).join(','));
        expect(listBytes('topics', recordBytes)).toBe(bytes);
      }),
      { numRuns: 20 },
    );
  });

  test('is assembled in gzip from stored segments, without inflating or deflating', async () => {
    const records = Array.from({ length: 50 }, (_, at) => recordOf(String(at), 'value '.repeat(20)));
    const { segments, payload } = await listOf(records);
    const gzip = Buffer.from((await payload('gzip')).body, 'base64');
    expect(segments.length).toBeGreaterThan(3);
    for (const { deflated } of segments) expect(gzip.includes(Buffer.from(deflated))).toBe(true);
    expect(gunzipSync(gzip).toString()).toBe(naiveBody('topics', records));
  });

  test.each([
    ['identity', (text: string) => text],
    ['gzip', (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString()],
    ['br', (text: string) => brotliDecompressSync(Buffer.from(text, 'base64')).toString()],
  ] as const)('decodes from %s to the same bytes', async (coding, decode) => {
    const records = Array.from({ length: 500 }, (_, at) => recordOf(String(at), `título "${at}"`));
    const { payload } = await listOf(records);
    const { body, isBase64Encoded } = await payload(coding);
    expect(decode(body)).toBe(naiveBody('topics', records));
    expect(isBase64Encoded).toBe(coding !== 'identity');
  });

  test('counts a payload’s bytes in an answer, with escapes', async () => {
    const { payload } = await listOf([recordOf('1', 'a "quoted" é')]);
    const { body, payloadBytes } = await payload('identity');
    expect(payloadBytes()).toBe(Buffer.byteLength(JSON.stringify(body)));
    const gzip = await payload('gzip');
    expect(gzip.payloadBytes()).toBe(gzip.body.length);
  });
});
