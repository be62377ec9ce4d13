/**
 * Works through items in order, so many at a time.
 *
 * @throws what the first failing piece of work throws, once all that had begun is over; no other is begun after it.
 */
export async function workAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, at: number) => Promise<void>,
): Promise<void> {
  const waiting = items.entries();
  let failure: { cause: unknown } | undefined;
  const worker = async () => {
    for (const [at, item] of waiting) {
      if (failure !== undefined) return;
      await work(item, at).catch((cause: unknown) => {
        failure ??= { cause };
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failure !== undefined) throw failure.cause;
}
