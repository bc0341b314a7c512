import { type OwnedKey, SharedEntries } from '@frontier/resilience';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';
import { bytesOf } from './memory-idempotency.store.js';

/** A write that the first store has not taken yet. */
type PendingWrite =
  { kind: 'completed'; entry: Required<IdempotencyEntry>; expiresAt: number } | { kind: 'released'; owner: string };

/** Time that the release of a key is remembered: a claim at the first store holds no longer. */
const RELEASE_TTL_MS = 3_600_000;

/**
 * One store, and another for the calls that fail on it: then a key holds for one process only. Writes that failed are deferred
 * until the first store is back; it may hold the claim of that request, also one that seemed to fail. Callers share the room
 * for pending writes.
 */
export class FallbackIdempotencyStore implements IdempotencyStore {
  private readonly pendingWrites: SharedEntries<PendingWrite>;
  private isFlushing = false;

  constructor(
    private readonly first: IdempotencyStore,
    private readonly second: IdempotencyStore,
    maxBytes: number,
  ) {
    this.pendingWrites = new SharedEntries({ maxBytes });
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
    void this.flushPending();
    await this.second.release(key, claim.owner);
    return elsewhere;
  }

  async complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    try {
      await this.first.complete(key, entry, ttlMs);
      await this.second.release(key, entry.owner);
    } catch {
      await this.second.complete(key, entry, ttlMs);
      const write: PendingWrite = { kind: 'completed', entry, expiresAt: performance.now() + ttlMs };
      this.pendingWrites.set(key, write, { bytes: bytesOf(entry), ttlMs });
    }
  }

  async release(key: OwnedKey, owner: string): Promise<void> {
    await this.second.release(key, owner);
    try {
      await this.first.release(key, owner);
    } catch {
      const bytes = bytesOf({ fingerprint: '', owner });
      this.pendingWrites.set(key, { kind: 'released', owner }, { bytes, ttlMs: RELEASE_TTL_MS });
    }
  }

  private async flushPending(): Promise<void> {
    if (this.isFlushing) return;
    this.isFlushing = true;
    try {
      for (const [key, write] of this.pendingWrites.entries()) {
        await this.retry(key, write);
        this.pendingWrites.delete(key);
      }
    } catch {
      // It is away again: the rest stays pending.
    } finally {
      this.isFlushing = false;
    }
  }

  private async retry(key: OwnedKey, write: PendingWrite): Promise<void> {
    if (write.kind === 'released') return this.first.release(key, write.owner);
    const leftMs = Math.ceil(write.expiresAt - performance.now());
    if (leftMs > 0) await this.first.complete(key, write.entry, leftMs);
  }
}
