/**
 * Works through items in order, so many at a time.
 *
 * @returns what came of each, in order
 * @throws what the first failing piece of work throws, once all that had begun is over; no other is begun after it.
 */
export async function workAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, at: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let failure: { cause: unknown } | undefined;
  const worker = async () => {
    for (const [at, item] of waiting) {
      if (failure !== undefined) return;
      try {
        results[at] = await work(item, at);
      } catch (cause) {
        failure ??= { cause };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failure !== undefined) throw failure.cause;
  return results;
}
