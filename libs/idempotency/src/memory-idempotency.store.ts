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
    sizeCalculation: ({ response = '' }) => ENTRY_BYTES + 2 * response.length,
  });

  async claim(key: string, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = this.entries.get(key);
    if (!known) this.entries.set(key, claim, { ttl: ttlMs });
    return known;
  }

  async complete(key: string, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    if (this.isFree(key, entry.owner)) this.entries.set(key, entry, { ttl: ttlMs });
  }

  async release(key: string, owner: string): Promise<void> {
    if (this.isFree(key, owner)) this.entries.delete(key);
  }

  private isFree(key: string, owner: string): boolean {
    const known = this.entries.get(key);
    return known === undefined || known.owner === owner;
  }
}
