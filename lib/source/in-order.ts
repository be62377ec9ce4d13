/**
 * Works through items several at a time and gives what comes of them in order, as it is wanted: at most `atOnce` are begun
 * and not yet given. An item that fails ends it, once all that had begun is over.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  const begin = (item: Item) => {
    const result = work(item);
    result.catch(() => {}); // it is thrown where it is awaited
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
