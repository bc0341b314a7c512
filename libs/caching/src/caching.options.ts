import type { RedisConnection } from '@frontier/redis';
import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CacheStore } from './cache-store.js';
import { FallbackCacheStore } from './fallback-cache.store.js';
import { MemoryCacheStore } from './memory-cache.store.js';
import { RedisCacheStore } from './redis-cache.store.js';
import { TieredCacheStore } from './tiered-cache.store.js';

/** Options of {@link CachingModule}. */
export interface CachingModuleOptions {
  /** `tiered`: in memory, and behind that in Redis. */
  backend: 'memory' | 'redis' | 'tiered' | 'none';
  /** Entries in memory at most, which callers share; default 10,000. */
  maxEntries?: number;
  /** Bytes in memory at most, about, and as many in Redis; callers share them. Default 64 MiB. */
  maxBytes?: number;
  /** Needed by `redis` and `tiered`; while it is away, values are kept in memory. */
  redis?: RedisConnection;
  /** A store of your own, instead of these. */
  store?: CacheStore;
}

export const CachingModuleOptions = Symbol('CachingModuleOptions');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<CachingModuleOptions>({
  optionsInjectionToken: CachingModuleOptions,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();

const DEFAULT_CACHING_OPTIONS = { maxEntries: 10_000, maxBytes: 64 * 2 ** 20 } as const;

const NO_CACHE: CacheStore = { get: () => undefined, set: () => {}, clear: () => {} };

/** The store that the options ask for. */
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
