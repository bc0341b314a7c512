import { type OwnedKey, SharedEntries, type SharedEntriesOptions } from '@frontier/resilience';
import type { CacheStore } from './cache-store.js';

/** Bytes of an entry beside its value: its key, and its places in maps. */
const ENTRY_BYTES = 256;
const BYTES_PER_CHARACTER = 2;

/** Values of this process, in a room that callers share; the least recently used ones make room. */
export class MemoryCacheStore implements CacheStore {
  private readonly entries: SharedEntries<unknown>;

  constructor(limits: Required<SharedEntriesOptions>) {
    this.entries = new SharedEntries(limits);
  }

  /** Approximate bytes in use. */
  get bytes(): number {
    return this.entries.usedBytes;
  }

  get<T>(key: OwnedKey): T | undefined {
    return this.entries.get(key) as T | undefined;
  }

  set(key: OwnedKey, value: unknown, ttlMs: number): void {
    const bytes = ENTRY_BYTES + BYTES_PER_CHARACTER * JSON.stringify(value).length;
    this.entries.set(key, value, { bytes, ttlMs });
  }

  clear(): void {
    this.entries.clear();
  }
}
