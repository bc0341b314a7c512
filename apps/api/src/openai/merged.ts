/** Items of several sources in the order in which they come, each with the number of its source. */
export async function* merged<T>(
  sources: readonly AsyncIterable<T>[],
): AsyncGenerator<{ source: number; item: T }, void> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (source: number): Promise<{ source: number; result: IteratorResult<T> }> =>
    iterators[source].next().then((result) => ({ source, result }));
  const pending = new Map(iterators.map((_, source) => [source, next(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done) pending.delete(source);
      else {
        pending.set(source, next(source));
        yield { source, item: result.value };
      }
    }
  } finally {
    // Nobody reads what is on its way; a failure of one source is that of all.
    for (const promise of pending.values()) promise.catch(() => {});
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}
