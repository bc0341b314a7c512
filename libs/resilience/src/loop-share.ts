import { setImmediate } from 'node:timers/promises';

/** Time that a loop may hold the event loop before others have a turn. */
const SLICE_MS = 8;

/** An item takes much less than a slice, and a look at the clock a part of what an item does. */
const ITEMS_PER_LOOK = 16;

/**
 * Yields the event loop inside a loop that may be long: items that are there already come one after the other, without a turn
 * for anybody else.
 *
 * ```ts
 * for await (const item of items) {
 *   if (share.isUsed) await share.renewed();
 * ```
 */
export class LoopShare {
  private since = performance.now();
  private items = 0;

  /** True when it is time to yield; read it for each item. */
  get isUsed(): boolean {
    return this.items++ % ITEMS_PER_LOOK === ITEMS_PER_LOOK - 1 && performance.now() - this.since > SLICE_MS;
  }

  /** Resolves when the others have had a turn. */
  async renewed(): Promise<void> {
    await setImmediate();
    this.since = performance.now();
  }
}
