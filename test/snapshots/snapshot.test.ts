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
        expect(snapshot.body.toString()).toBe(naiveBody(name, records));
      }),
    );
  });

  test('has for its chunks views of the body: a table is in memory once', async () => {
    const records = [recordOf('1', 'é'), recordOf('2', 2), recordOf('3', 3)];
    const snapshot = await loadedOf(records, { sizes: { fillBytes: 1, mostBytes: 1 } });
    const parts = snapshot.head.chunks.map(({ hash }) => snapshot.chunks.get(hash)?.records);
    expect(parts.map(String)).toEqual(records.map(({ json }) => json));
    for (const part of parts) expect(part?.buffer).toBe(snapshot.body.buffer);
  });

  test('keeps nothing of what it was made of', async () => {
    const first = await loadedOf([recordOf('1', 1)]);
    const next = toSnapshot('topics', first.head, first.chunks);
    first.body.fill(0);
    expect(next.body.toString()).toBe(naiveBody('topics', [recordOf('1', 1)]));
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
    expect(payloadBytes).toBe(Buffer.byteLength(JSON.stringify(body)));
    const gzip = await snapshot.payload('gzip');
    expect(gzip.payloadBytes).toBe(gzip.body.length);
  });
});
