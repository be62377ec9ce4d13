/** What an answer needs of a table. */
export type Need =
  /** Its version, ETag and count. */
  | { kind: 'nothing' }
  | { kind: 'whole' }
  /** So many records after a key, which need not exist; the first ones where there is no key. */
  | { kind: 'after'; after: string | undefined; limit: number }
  | { kind: 'key'; key: string }
  /** Records by their positions in key order, from 0; `to` is past the last one. */
  | { kind: 'positions'; from: number; to: number }
  /** Which chunks it is made of, and none of them. */
  | { kind: 'refs' }
  /** The chunks of these names. */
  | { kind: 'chunks'; hashes: ReadonlySet<string> };

/** A run of records, as a manifest names it on any level. */
interface Run {
  firstKey: string;
  count: number;
}

/** Runs with the position of their first record in the table. */
export type Placed<Ref> = { ref: Ref; at: number };

/**
 * Those of neighbouring runs that may hold what is needed, in order. The first run of all holds the keys below its own
 * first key too.
 * @param compare the order of keys that the table is read in
 */
export function select<Ref extends Run>(
  runs: readonly Placed<Ref>[],
  need: Need,
  compare: (a: string, b: string) => number,
): Placed<Ref>[] {
  switch (need.kind) {
    case 'nothing':
      return [];
    case 'refs':
    case 'chunks':
    case 'whole':
      return [...runs];
    case 'key': {
      const at = runOf(runs, need.key, compare);
      return runs.slice(at, at + 1);
    }
    case 'positions':
      return runs.filter(({ at, ref }) => at < need.to && at + ref.count > need.from);
    case 'after': {
      const { after, limit } = need;
      const first = after === undefined ? 0 : runOf(runs, after, compare);
      // How many of the first run's records come after the key is not known before it is opened.
      let sure = after === undefined ? 0 : -(runs[first]?.ref.count ?? 0);
      let end = first;
      for (; end < runs.length && sure < limit; end += 1) sure += runs[end]?.ref.count ?? 0;
      return runs.slice(first, end);
    }
  }
}

/** The index of the run whose keys a key is among: the last one that does not begin after it. */
function runOf(runs: readonly Placed<Run>[], key: string, compare: (a: string, b: string) => number): number {
  let low = 0;
  let high = runs.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (compare(runs[middle]?.ref.firstKey ?? '', key) <= 0) low = middle;
    else high = middle;
  }
  return low;
}

/** The runs one after the other. @param start the position of the first record of the first one */
export function place<Ref extends Run>(refs: readonly Ref[], start = 0): Placed<Ref>[] {
  let at = start;
  return refs.map((ref) => {
    const placed = { ref, at };
    at += ref.count;
    return placed;
  });
}
