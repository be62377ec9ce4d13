/** The part of a table that an answer needs. */
export type Need =
  /** The version, ETag and count; no records. */
  | { kind: 'nothing' }
  | { kind: 'whole' }
  /** A number of records after a key, which need not exist; without a key, from the start. */
  | { kind: 'after'; after: string | undefined; limit: number }
  | { kind: 'key'; key: string }
  /** Records by position in key order, from 0; `to` is exclusive. */
  | { kind: 'positions'; from: number; to: number }
  /** The list of chunks, but none of their content. */
  | { kind: 'refs' }
  /** The chunks with these names. */
  | { kind: 'chunks'; hashes: ReadonlySet<string> };

/** Consecutive records that one ref of a manifest names, on any level. */
interface Run {
  firstKey: string;
  count: number;
}

/** Runs, with the position of their first record in the table. */
export type Placed<Ref> = { ref: Ref; at: number };

/**
 * Selects the runs that may hold what is needed, in order. Keys below the first run's first key belong to the first
 * run.
 * @param compare the order of the table's keys
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
      // Only opening the first run shows how many of its records follow the key.
      let sure = after === undefined ? 0 : -(runs[first]?.ref.count ?? 0);
      let end = first;
      for (; end < runs.length && sure < limit; end += 1) sure += runs[end]?.ref.count ?? 0;
      return runs.slice(first, end);
    }
  }
}

/** The index of the run that a key belongs to: the last run that begins at or before it. */
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

/**
 * Places runs one after the other.
 * @param start the position of the first record
 */
export function place<Ref extends Run>(refs: readonly Ref[], start = 0): Placed<Ref>[] {
  let at = start;
  return refs.map((ref) => {
    const placed = { ref, at };
    at += ref.count;
    return placed;
  });
}
