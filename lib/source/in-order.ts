/**
 * Maps items concurrently and yields the results in order: at most `atOnce` calls are started and not yet consumed. A
 * failure ends it, after the calls in progress have ended.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  const begin = (item: Item) => {
    const result = work(item);
    result.catch(() => {}); // thrown at its await
    begun.push(result);
  };
  try {
    for (const item of items) {
      begin(item);
      const first = begun.length < atOnce ? undefined : begun.shift();
      if (first !== undefined) yield await first;
    }
    for (let first = begun.shift(); first !== undefined; first = begun.shift()) yield await first;
  } finally {
    await Promise.allSettled(begun);
  }
}
