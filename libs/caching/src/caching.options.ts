import type { RedisConnection } from '@frontier/redis';
import type { CacheStore } from './cache-store.js';
import { FallbackCacheStore } from './fallback-cache.store.js';
import { MemoryCacheStore } from './memory-cache.store.js';
import { RedisCacheStore } from './redis-cache.store.js';
import { TieredCacheStore } from './tiered-cache.store.js';

/** Where {@link CachingModule} keeps values, and how many. */
export interface CachingModuleOptions {
  /** `tiered`: in memory, and behind that in Redis. */
  backend: 'memory' | 'redis' | 'tiered' | 'none';
  /** Entries in memory at most, which callers share; default 10,000. */
  maxEntries?: number;
  /** Bytes in memory at most, about, and as many in Redis; callers share them. Default 64 MiB. */
  maxBytes?: number;
  /** What `redis` and `tiered` need; while it is away, values are kept in memory. */
  redis?: RedisConnection;
  /** A store of your own, instead of these. */
  store?: CacheStore;
}

const DEFAULT_CACHING_OPTIONS = { maxEntries: 10_000, maxBytes: 64 * 2 ** 20 } as const;

const NO_CACHE: CacheStore = { get: () => undefined, set: () => {}, clear: () => {} };

export function createCacheStore(options: CachingModuleOptions): CacheStore {
  const { store, backend, redis } = options;
  const { maxEntries, maxBytes } = { ...DEFAULT_CACHING_OPTIONS, ...options };
  if (store) return store;
  if (backend === 'none') return NO_CACHE;
  const memory = new MemoryCacheStore({ maxEntries, maxBytes });
  if (backend === 'memory') return memory;
  if (!redis) throw new TypeError(`The cache backend "${backend}" needs a Redis connection.`);
  const far = new RedisCacheStore(redis, maxBytes);
  return new FallbackCacheStore(backend === 'tiered' ? new TieredCacheStore(memory, far) : far, memory);
}
