import type { OwnedKey } from '@frontier/resilience';
import type { CacheStore } from './cache-store.js';

/** One store, and another for the calls that fail on it. */
export class FallbackCacheStore implements CacheStore {
  constructor(
    private readonly first: CacheStore,
    private readonly second: CacheStore,
  ) {}

  async get<T>(key: OwnedKey): Promise<T | undefined> {
    try {
      return await this.first.get<T>(key);
    } catch {
      return this.second.get<T>(key);
    }
  }

  async set(key: OwnedKey, value: unknown, ttlMs: number): Promise<void> {
    try {
      await this.first.set(key, value, ttlMs);
    } catch {
      await this.second.set(key, value, ttlMs);
    }
  }

  /** @throws the error of the first store: its values are still there */
  async clear(): Promise<void> {
    await this.second.clear();
    await this.first.clear();
  }
}
