import { SharedBudget } from '@frontier/resilience';
import { FairQueue } from './fair-queue.js';

/** A waiting text. */
interface QueuedText {
  readonly caller: string;
  /** In characters, or as many as make as much work. */
  readonly size: number;
}

/** Total size of waiting texts, shared by callers. */
const CAPACITY = 2 ** 24;

/** Waiting texts of callers that take turns. */
export class TextQueue<T extends QueuedText> {
  private readonly queue = new FairQueue<T>();
  private readonly sizes = new SharedBudget(CAPACITY);

  get isEmpty(): boolean {
    return this.queue.isEmpty;
  }

  /** Characters that wait. */
  get waiting(): number {
    return this.sizes.used;
  }

  /** Whether a text may wait: one caller's texts never keep those of others out. */
  hasRoomFor({ caller, size }: QueuedText): boolean {
    return this.sizes.used === 0 || this.sizes.hasRoomFor({ caller, amount: size });
  }

  add(item: T): void {
    this.queue.add(item.caller, item);
    this.sizes.add({ caller: item.caller, amount: item.size });
  }

  take(): T | undefined {
    const item = this.queue.take();
    if (item) this.sizes.give({ caller: item.caller, amount: item.size });
    return item;
  }

  /** Takes an item out wherever it is; false where it is no longer there. */
  remove(item: T): boolean {
    if (!this.queue.remove(item.caller, item)) return false;
    this.sizes.give({ caller: item.caller, amount: item.size });
    return true;
  }

  /** Takes all items out. */
  drain(): T[] {
    const items = this.queue.drain();
    for (const { caller, size } of items) this.sizes.give({ caller, amount: size });
    return items;
  }
}
