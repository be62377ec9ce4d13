import { type Entry, type Line, type LineOf, linesOf } from './line.ts';
import { tableOf } from './tables.ts';
import { createTruth, isNotBefore, lowerBound } from './truth.ts';

type PointerLine = LineOf<'pointer'>;

/** A history, indexed for the rules. */
export type History = ReturnType<typeof createHistory>;

export function createHistory(lines: readonly Line[]) {
  const truth = createTruth(lines);
  const chain = chainOf(linesOf(lines, 'pointer'));
  const places = new Map(chain.map(({ revision }, at) => [revision, at]));
  const restarts = linesOf(lines, 'restart');
  const epochAt = (ms: number) =>
    Math.max(1, ...restarts.filter((one) => one.beganMs <= ms).map((one) => one.epoch));

  /** The database's epoch in which each pointer's entries were read; undefined if no epoch explains them. */
  const epochs = new Map<string, number>();
  /** The pointers from and to which each content was published. */
  const published = new Map<string, { entry: Entry; from: number; to: number }>();
  const unexplained: { pointer: PointerLine; entry: Entry }[] = [];
  const last = new Map<string, { entry: Entry; epoch: number }>();
  for (const [at, pointer] of chain.entries())
    for (const entry of pointer.entries) {
      const place = published.get(contentName(entry));
      if (place === undefined) published.set(contentName(entry), { entry, from: at, to: at });
      else place.to = at;
      const before = last.get(entry.form);
      const isExplained = (epoch: number) =>
        truth.hashesIn(tableOf(entry.form), epoch, entry.snapshot).includes(entry.etag) &&
        (before?.epoch !== epoch || isNotBefore(entry.snapshot, before.entry.snapshot));
      let epoch = epochAt(pointer.atMs);
      while (epoch >= (before?.epoch ?? 1) && !isExplained(epoch)) epoch -= 1;
      if (epoch < (before?.epoch ?? 1)) unexplained.push({ pointer, entry });
      else {
        epochs.set(`${pointer.revision} ${entry.form}`, epoch);
        last.set(entry.form, { entry, epoch });
      }
    }

  const placeBefore = createPlaces(chain);
  const byGeneration = Map.groupBy(chain, ({ generation }) => generation);
  return {
    lines,
    truth,
    /** The chain of pointers, each of which replaced its predecessor. */
    chain,
    unexplained,
    epochAt,
    lastEpoch: Math.max(1, ...restarts.map(({ epoch }) => epoch)),
    placeOf: (revision: string) => places.get(revision),
    epochOf: ({ revision }: PointerLine, { form }: Entry) => epochs.get(`${revision} ${form}`),
    /** The generation that readers answer under a pointer, pinned or not. */
    answeredBy: ({ pin, entries }: PointerLine): readonly Entry[] =>
      pin === null ? entries : (byGeneration.get(pin) ?? []).flatMap((one) => one.entries),
    /** Whether a generation has a table in this form: its release may not have published yet, and `forget` removes other forms. */
    hasForm: (generation: number, form: string) =>
      (byGeneration.get(generation) ?? []).every(({ entries }) => entries.some((one) => one.form === form)),
    /** The pointers that published an answer's content. */
    publishedOf: (answer: Parameters<typeof contentName>[0]) => published.get(contentName(answer)),
    /** The last pointer whose write ended before a time: later reads must find it or a later one. */
    pointerBefore(beforeMs: number): PointerLine | undefined {
      return chain[placeBefore(beforeMs)];
    },
    /** The pointers that a reader may use if it read the pointer between two times. */
    pointersBetween(fromMs: number, toMs: number): readonly PointerLine[] {
      const from = Math.max(0, placeBefore(fromMs));
      const to = lowerBound(chain, ({ beganMs }) => beganMs > toMs);
      return chain.slice(from, to);
    },
  };
}

const contentName = ({
  form,
  generation,
  snapshot,
  etag,
}: Pick<Entry, 'form' | 'generation' | 'snapshot' | 'etag'>) => `${form} ${generation} ${snapshot} ${etag}`;

/** The longest chain of pointers; it excludes a pointer that replaced none of its members. */
function chainOf(pointers: readonly PointerLine[]): readonly PointerLine[] {
  const after = new Map(pointers.map((pointer) => [pointer.over, pointer]));
  const chain: PointerLine[] = [];
  let next = after.get(null);
  while (next !== undefined && chain.length < pointers.length) {
    chain.push(next);
    next = after.get(next.revision);
  }
  return chain;
}

/** The index of the last pointer whose write ended before a time; -1: none. */
function createPlaces(chain: readonly PointerLine[]) {
  const byEnd = chain.map(({ atMs }, place) => ({ atMs, place })).sort((a, b) => a.atMs - b.atMs);
  let highest = -1;
  const highestAt = byEnd.map(({ place }) => {
    highest = Math.max(highest, place);
    return highest;
  });
  return (beforeMs: number) => highestAt[lowerBound(byEnd, ({ atMs }) => atMs >= beforeMs) - 1] ?? -1;
}
