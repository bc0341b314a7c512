/** A part of a {@link SharedBudget} that a caller holds. */
export interface Share {
  caller: string;
  amount: number;
}

/**
 * A capacity that callers share: bytes, tokens, places in a queue. Work-conserving: one caller alone may hold all of it, and
 * one below an equal share is never refused because of others. So at most twice the capacity is held.
 */
export class SharedBudget {
  private readonly held = new Map<string, number>();
  private total = 0;

  constructor(readonly capacity: number) {}

  /** Held by all callers together. */
  get used(): number {
    return this.total;
  }

  /** Callers that hold something. */
  get callers(): number {
    return this.held.size;
  }

  /** Held by one caller. */
  usedBy(caller: string): number {
    return this.held.get(caller) ?? 0;
  }

  /** An equal share of the capacity for each caller that holds something, and for this one. */
  shareOf(caller: string): number {
    return this.capacity / (this.held.size + (this.held.has(caller) ? 0 : 1));
  }

  /** Tells whether a caller may hold so much more. */
  hasRoomFor({ caller, amount }: Share): boolean {
    return this.total + amount <= this.capacity || this.usedBy(caller) + amount <= this.shareOf(caller);
  }

  /** Holds so much more without a check for room; a negative amount gives back. */
  add({ caller, amount }: Share): void {
    const own = this.usedBy(caller) + amount;
    if (!(own >= 0)) throw new RangeError(`Bug: the caller "${caller}" would hold ${own} of a budget.`);
    this.total += amount;
    if (own > 0) this.held.set(caller, own);
    else this.held.delete(caller);
  }

  /** Holds so much more if there is room. */
  take(share: Share): boolean {
    const hasRoom = this.hasRoomFor(share);
    if (hasRoom) this.add(share);
    return hasRoom;
  }

  /** Gives back. */
  give({ caller, amount }: Share): void {
    this.add({ caller, amount: -amount });
  }
}
