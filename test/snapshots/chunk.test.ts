import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BlobError } from '../../lib/snapshots/blob-error.ts';
import { type Chunk, toChunk, unpack } from '../../lib/snapshots/chunk.ts';
import type { StoredRecord } from '../../lib/tables/stored-record.ts';
import { anyText } from '../fakes/any-text.ts';
import { packedByAnother } from '../fakes/other-zlib.ts';
import { naiveDigest, recordOf, storedRecord } from '../fakes/records.ts';

const records = fc
  .array(fc.tuple(anyText(), fc.jsonValue()), { minLength: 1, maxLength: 20 })
  .map((pairs) => pairs.map(([key, value]) => recordOf(key, value)));

const chunkOf = ([first, ...rest]: readonly StoredRecord[]) => {
  if (first === undefined) throw new TypeError('a chunk has a record');
  return toChunk([first, ...rest]);
};

describe('a chunk', () => {
  test('comes back as the records in order, commas between them, each to be found by the index', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (records) => {
        const chunk = unpack(await chunkOf(records).pack());
        const { records: loaded, ...index } = chunk.open();
        expect(loaded.toString()).toBe(records.map(({ json }) => json).join(','));
        expect(index.keys).toEqual(records.map(({ key }) => key));
        const starts = [0, ...index.ends.map((end) => end + 1)];
        const found = index.ends.map((end, at) => loaded.subarray(starts[at], end).toString());
        expect(found).toEqual(records.map(({ json }) => json));
      }),
    );
  });

  test('is named in the manifest by its hash, its first key, the count and the bytes of its records', async () => {
    const records = [recordOf('ключ', 'é😀'), recordOf('b', 2)];
    const { ref, pack } = chunkOf(records);
    const { hash } = await pack();
    const text = records.map(({ json }) => json).join(',');
    const source = naiveDigest(records);
    expect(ref).toEqual({ hash, source, firstKey: 'ключ', count: 2, bytes: Buffer.byteLength(text) });
  });

  test('has the same name for the same records, and another for others', () => {
    fc.assert(
      fc.property(records, records, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(chunkOf(a).ref.hash === chunkOf(b).ref.hash).toBe(same);
        expect(chunkOf([...a]).ref.hash).toBe(chunkOf(a).ref.hash);
      }),
    );
  });

  test('has another name for the same JSON under other keys', () => {
    const named = (key: string) => chunkOf([storedRecord(key, '{"value":1}')]).ref.hash;
    expect(named('a')).not.toBe(named('b'));
  });

  test('is never other records than were packed, whichever byte is flipped', async () => {
    const chunk = await chunkOf([recordOf('a', 'one'), recordOf('b', 'two')]).pack();
    for (let at = 0; at < chunk.body.length; at += 1) {
      for (const bit of [1, 128]) {
        const body = Uint8Array.from(chunk.body, (byte, index) => (index === at ? byte ^ bit : byte));
        expect(() => unpack({ hash: chunk.hash, body })).toThrow(BlobError);
      }
    }
  });

  test.each([
    ['empty', () => new Uint8Array()],
    ['cut short', (sound: Uint8Array) => sound.subarray(0, -1)],
    ['a seal and nothing', (sound: Uint8Array) => sound.subarray(0, 32)],
    ['longer', (sound: Uint8Array) => Buffer.concat([sound, Buffer.of(0)])],
    ['packed as it once was', () => gzipSync('{"keys":["a"],"ends":[1]}\n1')],
  ])('that is %s is broken, and says which it is', async (_, damage) => {
    const { hash, body } = await chunkOf([recordOf('a', 1)]).pack();
    expectBroken({ hash, body: damage(body) });
  });

  test("is broken where it is another's, sound as that may be", async () => {
    const { hash } = await chunkOf([recordOf('a', 1)]).pack();
    expectBroken({ hash, body: (await chunkOf([recordOf('a', 2)]).pack()).body });
  });

  test('is the same for any zlib that packed it', async () => {
    const chunk = await chunkOf([recordOf('a', 'one'), recordOf('b', 'two')]).pack();
    const another = packedByAnother(chunk);
    expect(another.body).not.toEqual(chunk.body);
    const [one, other] = [unpack(chunk), unpack(another)];
    expect(other.open()).toEqual(one.open());
  });

  test('refers to the stored bytes, and keeps no inflated copy', async () => {
    const { body, hash } = await chunkOf([recordOf('a', 'one')]).pack();
    const chunk = unpack({ hash, body });
    expect(chunk.segment.deflated.buffer).toBe(body.buffer);
    expect(chunk.open().records).not.toBe(chunk.open().records);
  });

  function expectBroken(chunk: Chunk) {
    expect(() => unpack(chunk)).toThrow(BlobError);
    expect(() => unpack(chunk)).toThrow(
      expect.objectContaining({ code: 'snapshot_broken', message: expect.stringContaining(chunk.hash) }),
    );
  }
});
