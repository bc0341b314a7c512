/** An item of one of several sources. */
export interface Indexed<T> {
  source: number;
  item: T;
}

/**
 * Items of several sources in the order in which they come. When one source fails, or the reader stops, all are ended at once.
 * @param onLeave makes the sources end, also one that has no item to give
 */
export async function* mergeStreams<T>(
  sources: readonly (AsyncIterable<T> | Promise<AsyncIterable<T>>)[],
  onLeave: () => void = () => {},
): AsyncGenerator<Indexed<T>, void> {
  const ready: Indexed<T>[] = [];
  let open = sources.length;
  let failure: { error: unknown } | undefined;
  let wake = (): void => {};
  let hasLeft = false;
  const pump = async (source: number): Promise<void> => {
    try {
      for await (const item of await sources[source]) {
        if (hasLeft) return;
        ready.push({ source, item });
        wake();
      }
    } catch (error) {
      failure ??= { error };
    } finally {
      open--;
      wake();
    }
  };
  for (const source of sources.keys()) void pump(source);
  try {
    for (;;) {
      if (failure) throw failure.error;
      const next = ready.shift();
      if (next) yield next;
      else if (open === 0) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    hasLeft = true;
    onLeave();
  }
}
