import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Subject } from '../subjects/subject.ts';

const Topics = z.object({
  topics: z.array(z.object({ id: z.int(), title: z.string(), comment: z.string(), dt: z.string() })),
});

/**
 * Whether all answer the same, before anything is timed: the list function the bytes that FastAPI answers,
 * with and without bytes that are kept, and Django REST framework the same values.
 *
 * @param folder for the bodies
 * @returns false where the list function refuses a list of this size, so that it could not be compared
 * @throws Error with one sentence where an answer is another one
 */
export async function checkAnswers(
  { list, original, bytesKept, rest }: Record<'list' | 'original' | 'bytesKept' | 'rest', Subject>,
  folder: string,
): Promise<boolean> {
  const save = `${folder}/answer`;
  const expected = await bodyOf(original);
  if (!expected.equals(await bodyOf(bytesKept)))
    throw new Error('FastAPI answers other bytes where it keeps them.');
  if (normal(await bodyOf(rest)) !== normal(expected))
    throw new Error('Django REST framework has other values than FastAPI.');

  for (const variant of ['plain', 'gzip'] as const) {
    const { status } = await list.do({ variant, save });
    if (status === 413) continue;
    const body = await readFile(save);
    if (expected.equals(variant === 'gzip' ? gunzipSync(body) : body)) return true;
    throw new Error('The list function answers other bytes than FastAPI.');
  }
  return false;

  async function bodyOf(subject: Subject) {
    await subject.do({ save });
    return readFile(save);
  }
}

/** The values of a list: of two forms for one moment, `Z` and `+00:00`, the second. */
const normal = (body: Buffer) =>
  JSON.stringify(
    Topics.parse(JSON.parse(body.toString())).topics.map((topic) => ({
      ...topic,
      dt: topic.dt.replace(/Z$/, '+00:00'),
    })),
  );
