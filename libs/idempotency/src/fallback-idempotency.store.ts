import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

/** Outcomes that are remembered at most while the first store is away. */
const MAX_OWED = 10_000;

/**
 * Uses one store, and another for the calls that fail on it: then a key holds for one process only. How a request ended is
 * told to the first store when it is back; it may hold the claim of that request, also one that seemed to fail.
 */
export class FallbackIdempotencyStore implements IdempotencyStore {
  private readonly owed = new Map<string, () => Promise<void>>();

  constructor(
    private readonly first: IdempotencyStore,
    private readonly second: IdempotencyStore,
  ) {}

  async claim(key: string, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    // What was claimed while the first store was away holds on when it is back.
    const known = await this.second.claim(key, claim, ttlMs);
    if (known) return known;
    let elsewhere: IdempotencyEntry | undefined;
    try {
      elsewhere = await this.first.claim(key, claim, ttlMs);
    } catch {
      return undefined;
    }
    void this.payOwed();
    await this.second.release(key, claim.owner);
    return elsewhere;
  }

  async complete(key: string, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    try {
      await this.first.complete(key, entry, ttlMs);
      await this.second.release(key, entry.owner);
    } catch {
      await this.second.complete(key, entry, ttlMs);
      this.owe(key, () => this.first.complete(key, entry, ttlMs));
    }
  }

  async release(key: string, owner: string): Promise<void> {
    await this.second.release(key, owner);
    try {
      await this.first.release(key, owner);
    } catch {
      this.owe(key, () => this.first.release(key, owner));
    }
  }

  private owe(key: string, pay: () => Promise<void>): void {
    if (this.owed.size < MAX_OWED) this.owed.set(key, pay);
  }

  private async payOwed(): Promise<void> {
    for (const [key, pay] of this.owed) {
      try {
        await pay();
      } catch {
        // It is away again: the rest is owed on.
        return;
      }
      this.owed.delete(key);
    }
  }
}
