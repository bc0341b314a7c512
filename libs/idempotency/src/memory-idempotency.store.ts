import { LRUCache } from 'lru-cache';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

const MAX_ENTRIES = 100_000;
const MAX_BYTES = 64 * 2 ** 20;
const ENTRY_BYTES = 512;

/** Keys of this process. When there are too many, the oldest are forgotten before their time. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly entries = new LRUCache<string, IdempotencyEntry>({
    max: MAX_ENTRIES,
    maxSize: MAX_BYTES,
    sizeCalculation: (entry) => ENTRY_BYTES + (entry.state === 'done' ? 2 * entry.response.length : 0),
  });

  async claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = this.entries.get(key);
    if (!known) this.entries.set(key, { state: 'running', fingerprint }, { ttl: ttlMs });
    return known;
  }

  async complete(key: string, fingerprint: string, response: string, ttlMs: number): Promise<void> {
    this.entries.set(key, { state: 'done', fingerprint, response }, { ttl: ttlMs });
  }

  async release(key: string): Promise<void> {
    this.entries.delete(key);
  }
}
