import { type OwnedKey, SharedEntries, type SharedEntriesOptions } from '@frontier/resilience';
import type { CacheStore } from './cache-store.js';

/** Bytes that an entry takes beside its value: the key, and what the maps need. */
const ENTRY_BYTES = 256;
const BYTES_PER_CHARACTER = 2;

/** Keeps values in this process, in a room that callers share; when it is full, those that were not read for the longest time go. */
export class MemoryCacheStore implements CacheStore {
  private readonly entries: SharedEntries<unknown>;

  constructor(limits: Required<SharedEntriesOptions>) {
    this.entries = new SharedEntries(limits);
  }

  /** Bytes that are taken, about. */
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
