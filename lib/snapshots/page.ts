import { envelope, type LoadedSnapshot } from './snapshot.ts';

/** Some records of a snapshot, in the form of the whole: `{"topics":[…]}`. */
export interface Page {
  body: Buffer;
  /** The last record's key, where there are records after it. */
  nextAfter: string | undefined;
}

/**
 * The records after a key, which need not exist (any more), in the order of the snapshot.
 * @param compare the order of keys that the snapshot was read in
 */
export function pageOf(
  snapshot: LoadedSnapshot,
  { after, limit }: { after?: string | undefined; limit: number },
  compare: (a: string, b: string) => number,
): Page {
  const { start, end } = envelope(snapshot.name);
  const parts: Buffer[] = [];
  let taken = 0;
  let lastKey: string | undefined;
  let more = false;
  const { chunks } = snapshot.head;
  for (const [at, { hash }] of chunks.entries()) {
    const nextFirstKey = chunks[at + 1]?.firstKey;
    if (after !== undefined && nextFirstKey !== undefined && compare(nextFirstKey, after) <= 0) continue;
    const chunk = snapshot.chunks.get(hash);
    if (chunk === undefined) throw new TypeError(`the chunk ${hash} is not in the snapshot`);
    const { keys, ends } = chunk.index();
    const from =
      after === undefined || lastKey !== undefined ? 0 : keys.findIndex((key) => compare(key, after) > 0);
    if (from === -1) continue;
    const to = Math.min(keys.length, from + limit - taken);
    if (to > from)
      parts.push(chunk.records().subarray(from === 0 ? 0 : (ends[from - 1] ?? 0) + 1, ends[to - 1]));
    taken += to - from;
    lastKey = keys[to - 1] ?? lastKey;
    more = to < keys.length || at + 1 < chunks.length;
    if (taken === limit) break;
  }
  const body = parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from(','), part]));
  return {
    body: Buffer.concat([Buffer.from(start), ...body, Buffer.from(end)]),
    nextAfter: more ? lastKey : undefined,
  };
}
