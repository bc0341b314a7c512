import type { OwnedKey } from '@frontier/resilience';

/**
 * Where values are kept by key. Bind another one with `CachingModule.forRoot({ store })`. Values can be written as JSON and
 * must not be changed once they were handed over or read. A store that fails behaves as if it were empty. Callers share
 * the room.
 */
export interface CacheStore {
  get<T>(key: OwnedKey): T | undefined | Promise<T | undefined>;
  set(key: OwnedKey, value: unknown, ttlMs: number): void | Promise<void>;
  /** Forgets everything. */
  clear(): void | Promise<void>;
}

export const CacheStore = Symbol('CacheStore');
