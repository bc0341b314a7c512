import { setImmediate } from 'node:timers/promises';

/** How long a loop may hold the event loop before others have a turn. */
const SLICE_MS = 8;

/**
 * Turns of the event loop for a loop that may be long: items that are there already come one after the other, without a turn for anybody
 * else.
 *
 * ```ts
 * for await (const item of items) {
 *   if (share.isUsed) await share.renewed();
 * ```
 */
export class LoopShare {
  private since = performance.now();

  /** Whether it is time for others. */
  get isUsed(): boolean {
    return performance.now() - this.since > SLICE_MS;
  }

  /** Settles when the others have had a turn. */
  async renewed(): Promise<void> {
    await setImmediate();
    this.since = performance.now();
  }
}
