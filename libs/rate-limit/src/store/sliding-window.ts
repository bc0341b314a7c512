/** State of a window after one request. */
export interface WindowState {
  allowed: boolean;
  limit: number;
  windowMs: number;
  /** Amount that may still be taken. */
  remaining: number;
  /** Time until the oldest amount leaves the window; for a refused request, until it would be allowed. */
  nextMs: number;
  /** Time until all amounts have left. */
  resetMs: number;
}

/** An amount taken from a window. */
export interface WindowEntry {
  readonly takenAt: number;
  amount: number;
}

/**
 * The amounts that one caller took in the last `windowMs`, each with its time: at no moment do they exceed the limit,
 * except by amounts that were corrected upwards. Times are milliseconds of any monotonic clock.
 *
 * Every entry enters and leaves once, so taking costs O(1) on average; a refusal looks at as many of the oldest entries
 * as must leave before it would be allowed, which is one where amounts are 1.
 */
export class SlidingWindow {
  /** A queue: entries before `head` have left. */
  private entries: WindowEntry[] = [];
  private head = 0;
  private taken = 0;

  constructor(readonly windowMs: number) {}

  /** True where nothing is in the window. */
  isEmpty(nowMs: number): boolean {
    this.expire(nowMs);
    return this.head === this.entries.length;
  }

  /** Sum of the amounts of the last `windowMs`. */
  used(nowMs: number): number {
    this.expire(nowMs);
    return this.taken;
  }

  /** Takes an amount if the limit has room for it; refused ones do not count. */
  take(amount: number, limit: number, nowMs: number): WindowState & { entry?: WindowEntry } {
    this.expire(nowMs);
    const { windowMs } = this;
    if (this.taken + amount > limit) {
      const newest = this.entries.at(-1);
      const resetMs = newest ? windowMs - (nowMs - newest.takenAt) : 0;
      const remaining = Math.max(0, limit - this.taken);
      return { allowed: false, limit, windowMs, remaining, nextMs: this.untilRoom(amount, limit, nowMs), resetMs };
    }
    const entry = { takenAt: nowMs, amount };
    this.entries.push(entry);
    this.taken += amount;
    const nextMs = windowMs - (nowMs - this.entries[this.head].takenAt);
    return { allowed: true, limit, windowMs, remaining: limit - this.taken, nextMs, resetMs: windowMs, entry };
  }

  /** Corrects the amount of an entry that has not left yet. */
  settle(entry: WindowEntry, amount: number, nowMs: number): void {
    if (entry.takenAt <= nowMs - this.windowMs) return;
    this.taken += amount - entry.amount;
    entry.amount = amount;
  }

  private untilRoom(amount: number, limit: number, nowMs: number): number {
    let left = this.taken + amount - limit;
    for (let i = this.head; i < this.entries.length; i++) {
      left -= this.entries[i].amount;
      if (left <= 0) return this.windowMs - (nowMs - this.entries[i].takenAt);
    }
    return Infinity;
  }

  private expire(nowMs: number): void {
    const { entries, windowMs } = this;
    while (this.head < entries.length && entries[this.head].takenAt <= nowMs - windowMs) {
      this.taken -= entries[this.head++].amount;
    }
    // Halves at most, so that what is moved was paid for by what has left.
    if (this.head > 32 && this.head * 2 > entries.length) {
      this.entries = entries.slice(this.head);
      this.head = 0;
    }
  }
}
