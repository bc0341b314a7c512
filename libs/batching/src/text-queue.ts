import { FairQueue } from './fair-queue.js';

/** A waiting text. */
export interface QueuedText {
  readonly caller: string;
  /** In characters, or as many as make as much work. */
  readonly size: number;
}

/** Maximum total size of waiting texts; a caller below an equal share of it may exceed it. */
const MAX_SIZE = 2 ** 24;

/** Texts that wait, of callers who take turns. */
export class TextQueue<T extends QueuedText> {
  private readonly queue = new FairQueue<T>();
  private readonly sizes = new Map<string, number>();
  private size = 0;

  get isEmpty(): boolean {
    return this.queue.isEmpty;
  }

  /** Characters that wait. */
  get waiting(): number {
    return this.size;
  }

  /** Whether a text may wait: one caller's texts never keep those of others out. */
  hasRoomFor({ caller, size }: QueuedText): boolean {
    if (this.size === 0 || this.size + size <= MAX_SIZE) return true;
    const own = this.sizes.get(caller) ?? 0;
    const callers = this.sizes.size + (own === 0 ? 1 : 0);
    return own + size <= MAX_SIZE / callers;
  }

  add(item: T): void {
    this.queue.add(item.caller, item);
    this.count(item.caller, item.size);
  }

  take(): T | undefined {
    const item = this.queue.take();
    if (item) this.count(item.caller, -item.size);
    return item;
  }

  /** Takes an item out wherever it is; false where it is no longer there. */
  remove(item: T): boolean {
    if (!this.queue.remove(item.caller, item)) return false;
    this.count(item.caller, -item.size);
    return true;
  }

  /** Takes all items out. */
  drain(): T[] {
    this.sizes.clear();
    this.size = 0;
    return this.queue.drain();
  }

  private count(caller: string, size: number): void {
    this.size += size;
    const own = (this.sizes.get(caller) ?? 0) + size;
    if (own > 0) this.sizes.set(caller, own);
    else this.sizes.delete(caller);
  }
}
