import type { OwnedKey } from '@frontier/resilience';

/**
 * Store of values by key. Bind another one with `CachingModule.forRoot({ store })`. Values are plain JSON and must not be
 * changed once they were stored or read. A store that fails behaves as if it were empty. Callers share
 * the room.
 */
export interface CacheStore {
  get<T>(key: OwnedKey): T | undefined | Promise<T | undefined>;
  set(key: OwnedKey, value: unknown, ttlMs: number): void | Promise<void>;
  /** Removes all values. */
  clear(): void | Promise<void>;
}

export const CacheStore = Symbol('CacheStore');
