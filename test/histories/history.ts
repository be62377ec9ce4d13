import { type Entry, type Line, type LineOf, linesOf } from './line.ts';
import { tableOf } from './tables.ts';
import { createTruth, isNotBefore, lowerBound } from './truth.ts';

type PointerLine = LineOf<'pointer'>;

/** A history, with what every rule wants to know of it. */
export type History = ReturnType<typeof createHistory>;

export function createHistory(lines: readonly Line[]) {
  const truth = createTruth(lines);
  const chain = chainOf(linesOf(lines, 'pointer'));
  const places = new Map(chain.map(({ revision }, at) => [revision, at]));
  const restarts = linesOf(lines, 'restart');
  const epochAt = (ms: number) =>
    Math.max(1, ...restarts.filter((one) => one.beganMs <= ms).map((one) => one.epoch));

  /** The epoch of the database that each entry of each pointer was read in, where any explains it. */
  const epochs = new Map<string, number>();
  /** Where each content was published, from and to. */
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
    /** The pointers, each of which replaced the one before it. */
    chain,
    unexplained,
    epochAt,
    lastEpoch: Math.max(1, ...restarts.map(({ epoch }) => epoch)),
    placeOf: (revision: string) => places.get(revision),
    epochOf: ({ revision }: PointerLine, { form }: Entry) => epochs.get(`${revision} ${form}`),
    /** What readers answer by a pointer, pinned or not. */
    answeredBy: ({ pin, entries }: PointerLine): readonly Entry[] =>
      pin === null ? entries : (byGeneration.get(pin) ?? []).flatMap((one) => one.entries),
    /** Whether a generation has a table in this form: a release may not have published yet, and who forgets takes forms away. */
    hasForm: (generation: number, form: string) =>
      (byGeneration.get(generation) ?? []).every(({ entries }) => entries.some((one) => one.form === form)),
    /** Where an answer's content was published. */
    publishedOf: (answer: Parameters<typeof contentName>[0]) => published.get(contentName(answer)),
    /** The last pointer whose writing was over before a moment: whoever asks from then on must find it, or a later one. */
    pointerBefore(beforeMs: number): PointerLine | undefined {
      return chain[placeBefore(beforeMs)];
    },
    /** Every pointer that a reader may go by that asked between two moments. */
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

/** The longest chain: what does not replace a pointer of it is not in it. */
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

/** Answers at which place the last pointer is whose writing was over before a moment; -1: there is none. */
function createPlaces(chain: readonly PointerLine[]) {
  const byEnd = chain.map(({ atMs }, place) => ({ atMs, place })).sort((a, b) => a.atMs - b.atMs);
  let highest = -1;
  const highestAt = byEnd.map(({ place }) => {
    highest = Math.max(highest, place);
    return highest;
  });
  return (beforeMs: number) => highestAt[lowerBound(byEnd, ({ atMs }) => atMs >= beforeMs) - 1] ?? -1;
}
