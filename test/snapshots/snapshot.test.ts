import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toSnapshot } from '../../lib/snapshots/snapshot.ts';
import { headOf } from '../fakes/heads.ts';
import { loadedOf } from '../fakes/loaded.ts';
import { naiveBody, recordOf } from '../fakes/records.ts';

const table = fc
  .array(fc.jsonValue(), { maxLength: 30 })
  .map((values) => values.map((value, at) => recordOf(String(at), value)));
const sizes = fc.integer({ min: 1, max: 300 }).map((fillBytes) => ({ fillBytes, mostBytes: 2 * fillBytes }));

describe('a snapshot in memory', () => {
  test('has for its body the JSON of all records, however they were cut', async () => {
    await fc.assert(
      fc.asyncProperty(table, sizes, fc.string(), async (records, sizes, name) => {
        const snapshot = await loadedOf(records, { sizes, name });
        expect(snapshot.body().toString()).toBe(naiveBody(name, records));
      }),
    );
  });

  test('counts the bytes of its body without making it', async () => {
    await fc.assert(
      fc.asyncProperty(table, sizes, async (records, sizes) => {
        const snapshot = await loadedOf(records, { sizes });
        expect(snapshot.bytes).toBe(snapshot.body().byteLength);
      }),
      { numRuns: 20 },
    );
  });

  test('keeps of chunks those that the head names', async () => {
    const one = await loadedOf([recordOf('1', 1)]);
    const other = await loadedOf([recordOf('2', 2)]);
    const next = toSnapshot('topics', one.head, new Map([...one.chunks, ...other.chunks]));
    expect([...next.chunks.keys()]).toEqual(one.head.chunks.map(({ hash }) => hash));
  });

  test('keeps nothing of a body that it has given away', async () => {
    const snapshot = await loadedOf([recordOf('1', 1)]);
    snapshot.body().fill(0);
    expect(snapshot.body().toString()).toBe(naiveBody('topics', [recordOf('1', 1)]));
  });

  test('is, in gzip, put together of what was stored: no chunk is inflated, and none deflated', async () => {
    const records = Array.from({ length: 50 }, (_, at) => recordOf(String(at), 'value '.repeat(20)));
    const { head, chunks } = await loadedOf(records, { sizes: { fillBytes: 500, mostBytes: 1_000 } });
    const never = () => {
      throw new Error('somebody wanted more than the segment');
    };
    const closed = [...chunks].map(
      ([hash, chunk]) => [hash, { ...chunk, records: never, index: never }] as const,
    );
    const { body } = await toSnapshot('topics', head, new Map(closed)).payload('gzip');
    const gzip = Buffer.from(body, 'base64');
    expect(chunks.size).toBeGreaterThan(3);
    for (const { segment } of chunks.values())
      expect(gzip.includes(Buffer.from(segment.deflated))).toBe(true);
    expect(gunzipSync(gzip).toString()).toBe(naiveBody('topics', records));
  });

  test('names a chunk that it was not given', () => {
    const head = headOf({ epoch: 1, rank: 1 }, ['missing']);
    expect(() => toSnapshot('topics', head, new Map())).toThrow('missing');
  });

  test.each([
    ['identity', (text: string) => text],
    ['gzip', (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString()],
    ['br', (text: string) => brotliDecompressSync(Buffer.from(text, 'base64')).toString()],
  ] as const)('is, in %s, the body, made once', async (coding, decode) => {
    const records = Array.from({ length: 500 }, (_, at) => recordOf(String(at), `título "${at}"`));
    const snapshot = await loadedOf(records);
    const [payload, again] = await Promise.all([snapshot.payload(coding), snapshot.payload(coding)]);
    expect(decode(payload.body)).toBe(naiveBody('topics', records));
    expect(payload.isBase64Encoded).toBe(coding !== 'identity');
    expect(again).toBe(payload);
    expect(await snapshot.payload(coding)).toBe(payload);
  });

  test('counts what a payload takes of an answer, escapes included', async () => {
    const records = [recordOf('1', 'a "quoted" é')];
    const snapshot = await loadedOf(records);
    const { body, payloadBytes } = await snapshot.payload('identity');
    expect(payloadBytes()).toBe(Buffer.byteLength(JSON.stringify(body)));
    const gzip = await snapshot.payload('gzip');
    expect(gzip.payloadBytes()).toBe(gzip.body.length);
  });
});
