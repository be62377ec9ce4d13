import type { FakeRecord } from '../../client/conformance/fake-server.ts';
import { createRandom } from './random.ts';

/** Keys from 2^53 on, some of which round to the same number. */
const firstLargeKey = 9_007_199_254_740_992n;

/** A table that changes at random: rows are added, edited and deleted. */
export function createTopics(seed: number, mostRows = 60) {
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const rows = new Map<bigint, string>();
  let edits = 0;

  const inOrder = (): FakeRecord[] =>
    [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, json]) => ({ key: String(key), json }));

  function changeRow() {
    const key = random() < 0.3 ? firstLargeKey + BigInt(below(mostRows / 3)) : BigInt(below(mostRows));
    if (random() < 0.3 && rows.delete(key)) return;
    edits += 1;
    rows.set(key, `{"id":${key},"title":"edit ${edits}"}`);
  }

  return {
    /** Changes up to three rows. @returns all records afterwards */
    change(): FakeRecord[] {
      for (let row = 0; row <= below(3); row++) changeRow();
      return inOrder();
    },
  };
}
