import { expect, test } from '@jest/globals';
import { createBlobWriter, PointerMovedError } from '../../lib/publishing/blob-writer.ts';
import { createMemoryBlobs } from '../../lib/stores/memory/memory-blobs.ts';

const blob = { hash: 'a', body: Buffer.from('body') };

function writerOf(blobs: ReturnType<typeof createMemoryBlobs>, sweep: number) {
  const put: number[] = [];
  const writer = createBlobWriter({
    blobs,
    sweep,
    atOnce: 2,
    mayBeStored: false,
    untilMs: Number.POSITIVE_INFINITY,
    onBlob: () => {},
    onPut: async (bytes) => put.push(bytes),
  });
  return { writer, put };
}

test('a blob that a later sweep has marked ends the publication, since the pointer has to be read again', async () => {
  const blobs = createMemoryBlobs();
  await blobs.put(blob, 8, Number.POSITIVE_INFINITY);
  const { writer, put } = writerOf(blobs, 7);
  await writer.add(blob.hash, async () => blob);
  await expect(writer.end()).rejects.toThrow(PointerMovedError);
  expect(put).toEqual([]);
});

test('a blob that an earlier sweep has marked is put', async () => {
  const blobs = createMemoryBlobs();
  await blobs.put(blob, 6, Number.POSITIVE_INFINITY);
  const { writer, put } = writerOf(blobs, 7);
  await writer.add(blob.hash, async () => blob);
  await writer.end();
  expect(put).toEqual([blob.body.byteLength]);
});
