/** A queue between one producer, who never waits, and one consumer, who iterates. */
export class GenerationChannel<T> implements AsyncIterable<T> {
  private readonly queue: T[] = [];
  private end: { error?: unknown } | undefined;
  private wake: (() => void) | undefined;

  push(item: T): void {
    if (this.end) return;
    this.queue.push(item);
    this.wake?.();
  }

  /** Ends the iteration after what is queued. */
  close(): void {
    this.end ??= {};
    this.wake?.();
  }

  /** Ends the iteration at once: the consumer gets the error next, not what is queued. */
  fail(error: unknown): void {
    if (this.end) return;
    this.queue.length = 0;
    this.end = { error };
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      while (this.queue.length > 0) yield this.queue.shift()!;
      if (this.end) {
        if ('error' in this.end) throw this.end.error;
        return;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
