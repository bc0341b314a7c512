/** An event queue between one producer, who never waits, and one consumer, who reads it as an async iterator. */
export class GenerationChannel<T> {
  private readonly queue: T[] = [];
  private end: { error?: unknown } | undefined;
  private wake: (() => void) | undefined;

  get ended(): boolean {
    return this.end !== undefined;
  }

  push(item: T): void {
    if (this.end) return;
    this.queue.push(item);
    this.wake?.();
  }

  /** Ends the channel after what is queued. */
  close(): void {
    this.end ??= {};
    this.wake?.();
  }

  /** Ends the channel at once: the consumer gets the error next, not what is queued. */
  fail(error: unknown): void {
    if (this.end) return;
    this.queue.length = 0;
    this.end = { error };
    this.wake?.();
  }

  /** The next item, or `undefined` at the end. */
  async next(): Promise<T | undefined> {
    while (this.queue.length === 0) {
      if (this.end) {
        if ('error' in this.end) throw this.end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
    return this.queue.shift();
  }
}
