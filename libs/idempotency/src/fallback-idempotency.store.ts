import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

/** Uses one store, and another for the calls that fail on it: then a key holds for one process only. */
export class FallbackIdempotencyStore implements IdempotencyStore {
  constructor(
    private readonly first: IdempotencyStore,
    private readonly second: IdempotencyStore,
  ) {}

  async claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    // What was claimed while the first store was away holds on when it is back.
    const known = await this.second.claim(key, fingerprint, ttlMs);
    if (known) return known;
    try {
      const elsewhere = await this.first.claim(key, fingerprint, ttlMs);
      await this.second.release(key);
      return elsewhere;
    } catch {
      return undefined;
    }
  }

  async complete(key: string, fingerprint: string, response: string, ttlMs: number): Promise<void> {
    try {
      await this.first.complete(key, fingerprint, response, ttlMs);
      await this.second.release(key);
    } catch {
      await this.second.complete(key, fingerprint, response, ttlMs);
    }
  }

  async release(key: string): Promise<void> {
    await this.second.release(key);
    await this.first.release(key).catch(() => {});
  }
}
