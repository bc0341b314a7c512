import { type OwnedKey, SharedEntries } from '@frontier/resilience';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';
import { bytesOf } from './memory-idempotency.store.js';

/** The end of a request that the first store does not know yet. */
type Outcome =
  { kind: 'completed'; entry: Required<IdempotencyEntry>; expiresAt: number } | { kind: 'released'; owner: string };

/** A released key holds its place at the first store for as long as a claim, and is not remembered for longer than an answer. */
const RELEASE_TTL_MS = 3_600_000;

/**
 * Uses one store, and another for the calls that fail on it: then a key holds for one process only. How a request ended is
 * told to the first store when it is back; it may hold the claim of that request, also one that seemed to fail. Callers share
 * the room for what is remembered until then.
 */
export class FallbackIdempotencyStore implements IdempotencyStore {
  private readonly owed: SharedEntries<Outcome>;
  private isPaying = false;

  constructor(
    private readonly first: IdempotencyStore,
    private readonly second: IdempotencyStore,
    maxBytes: number,
  ) {
    this.owed = new SharedEntries({ maxBytes });
  }

  async claim(key: OwnedKey, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
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

  async complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    try {
      await this.first.complete(key, entry, ttlMs);
      await this.second.release(key, entry.owner);
    } catch {
      await this.second.complete(key, entry, ttlMs);
      const outcome: Outcome = { kind: 'completed', entry, expiresAt: performance.now() + ttlMs };
      this.owed.set(key, outcome, { bytes: bytesOf(entry), ttlMs });
    }
  }

  async release(key: OwnedKey, owner: string): Promise<void> {
    await this.second.release(key, owner);
    try {
      await this.first.release(key, owner);
    } catch {
      const bytes = bytesOf({ fingerprint: '', owner });
      this.owed.set(key, { kind: 'released', owner }, { bytes, ttlMs: RELEASE_TTL_MS });
    }
  }

  private async payOwed(): Promise<void> {
    if (this.isPaying) return;
    this.isPaying = true;
    try {
      for (const [key, outcome] of this.owed.entries()) {
        await this.pay(key, outcome);
        this.owed.delete(key);
      }
    } catch {
      // It is away again: the rest is owed on.
    } finally {
      this.isPaying = false;
    }
  }

  private async pay(key: OwnedKey, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'released') return this.first.release(key, outcome.owner);
    const leftMs = Math.ceil(outcome.expiresAt - performance.now());
    if (leftMs > 0) await this.first.complete(key, outcome.entry, leftMs);
  }
}
