/**
 * Where values are kept by key. Bind another one with `CachingModule.forRoot({ store })`. Values can be written as JSON and
 * must not be changed once they were handed over or read. A store that fails behaves as if it were empty.
 */
export interface CacheStore {
  get<T>(key: string): T | undefined | Promise<T | undefined>;
  set(key: string, value: unknown, ttlMs: number): void | Promise<void>;
  /** Forgets everything. */
  clear(): void | Promise<void>;
}

export const CacheStore = Symbol('CacheStore');
