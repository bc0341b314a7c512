import type { OwnedKey } from '@frontier/resilience';
import type { CacheStore } from './cache-store.js';

/** Time that a value stays near after it was read from afar: so long, values that one process cleared live on in others. */
const NEAR_TTL_MS = 60_000;

/** A small, near store in front of a large one that is far. */
export class TieredCacheStore implements CacheStore {
  constructor(
    private readonly near: CacheStore,
    private readonly far: CacheStore & { timeLeftMs(key: OwnedKey): Promise<number> },
  ) {}

  async get<T>(key: OwnedKey): Promise<T | undefined> {
    const found = await this.near.get<T>(key);
    if (found !== undefined) return found;
    const far = await this.far.get<T>(key);
    if (far === undefined) return undefined;
    const leftMs = await this.far.timeLeftMs(key);
    if (leftMs > 0) await this.near.set(key, far, Math.min(leftMs, NEAR_TTL_MS));
    return far;
  }

  async set(key: OwnedKey, value: unknown, ttlMs: number): Promise<void> {
    await this.near.set(key, value, Math.min(ttlMs, NEAR_TTL_MS));
    await this.far.set(key, value, ttlMs);
  }

  async clear(): Promise<void> {
    await this.near.clear();
    await this.far.clear();
  }
}
