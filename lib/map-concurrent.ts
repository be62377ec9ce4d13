/**
 * Maps items with at most `atOnce` calls of `work` in progress; items are started in order.
 *
 * 0.3 KB in a bundle, where `p-map` takes 2.3 KB (`node scripts/compare-libraries.ts`), and rejects while calls are in progress.
 * @returns the results, in the order of the items
 * @throws the first failure, after the calls in progress have ended; no further item is started.
 */
export async function mapConcurrent<Item, Result>(
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
