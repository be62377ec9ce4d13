import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ChunkError, type StoredRecord, toChunk, unpack } from '../../lib/snapshots/chunk.ts';
import { naiveDigest, recordOf } from '../fakes/records.ts';

const records = fc
  .array(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()), { minLength: 1, maxLength: 20 })
  .map((pairs) => pairs.map(([key, value]) => recordOf(key, value)));

const chunkOf = ([first, ...rest]: readonly StoredRecord[]) => {
  if (first === undefined) throw new TypeError('a chunk has a record');
  return toChunk([first, ...rest]);
};

describe('a chunk', () => {
  test('comes back as the records in order, commas between them, each to be found by the index', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (records) => {
        const { index, records: loaded } = await unpack(await chunkOf(records).pack());
        expect(loaded.toString()).toBe(records.map(({ json }) => json).join(','));
        expect(index.keys).toEqual(records.map(({ key }) => key));
        const starts = [0, ...index.ends.map((end) => end + 1)];
        const found = index.ends.map((end, at) => loaded.subarray(starts[at], end).toString());
        expect(found).toEqual(records.map(({ json }) => json));
      }),
    );
  });

  test('is named in the head by its hash, its first key and the bytes of its records', async () => {
    const records = [recordOf('ключ', 'é😀'), recordOf('b', 2)];
    const { ref, pack } = chunkOf(records);
    const { hash } = await pack();
    const text = records.map(({ json }) => json).join(',');
    const source = naiveDigest(records);
    expect(ref).toEqual({ hash, source, firstKey: 'ключ', bytes: Buffer.byteLength(text) });
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

  test('is never other records than were packed, whichever byte is flipped', async () => {
    const chunk = await chunkOf([recordOf('a', 'one'), recordOf('b', 'two')]).pack();
    const sound = await unpack(chunk);
    for (let at = 0; at < chunk.body.length; at += 1) {
      for (const bit of [1, 128]) {
        const body = Uint8Array.from(chunk.body, (byte, index) => (index === at ? byte ^ bit : byte));
        // Some bytes of gzip's own header mean nothing: then the text is the same.
        const loaded = await unpack({ hash: chunk.hash, body }).catch((error: unknown) => error);
        if (!(loaded instanceof ChunkError)) expect(loaded).toEqual(sound);
      }
    }
  });

  test.each([
    ['empty', new Uint8Array()],
    ['cut short', gzipSync('{"keys":[],"ends":[]}\n').subarray(0, 20)],
    ['not compressed', Buffer.from('{"keys":[],"ends":[]}\n')],
    ["another's", gzipSync('{"keys":[],"ends":[]}\n')],
  ])('that is %s is broken, and says which it is', async (_, body) => {
    const { hash } = chunkOf([recordOf('a', 1)]).ref;
    const failed = expect(unpack({ hash, body })).rejects;
    await failed.toThrow(ChunkError);
    await failed.toMatchObject({ code: 'snapshot_broken', message: expect.stringContaining(hash) });
  });
});
