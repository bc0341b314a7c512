import { LRUCache } from 'lru-cache';
import type { CacheStore } from './cache-store.js';

/** Bytes that an entry takes beside its value: the key, and what the list and the map need. */
const ENTRY_BYTES = 256;
const BYTES_PER_CHARACTER = 2;

export interface MemoryCacheLimits {
  maxEntries: number;
  /** Bytes of all entries together, about. */
  maxBytes: number;
}

/** Keeps values in this process; when it is full, those that were not read for the longest time go. */
export class MemoryCacheStore implements CacheStore {
  private readonly entries: LRUCache<string, { value: unknown }>;

  constructor({ maxEntries, maxBytes }: MemoryCacheLimits) {
    this.entries = new LRUCache({ max: maxEntries, maxSize: maxBytes });
  }

  /** Bytes that are taken, about. */
  get bytes(): number {
    return this.entries.calculatedSize;
  }

  get<T>(key: string): T | undefined {
    return this.entries.get(key)?.value as T | undefined;
  }

  set(key: string, value: unknown, ttlMs: number): void {
    const size = ENTRY_BYTES + BYTES_PER_CHARACTER * JSON.stringify(value).length;
    this.entries.set(key, { value }, { ttl: ttlMs, size });
  }

  clear(): void {
    this.entries.clear();
  }
}
