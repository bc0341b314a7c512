export { CacheStore } from './cache-store.js';
export { Cached } from './cached.decorator.js';
export type { CachedOptions } from './cached.decorator.js';
export { CachingModule } from './caching.module.js';
export { CachingModuleOptions } from './caching.options.js';
export { FallbackCacheStore } from './fallback-cache.store.js';
export { MemoryCacheStore } from './memory-cache.store.js';
export { RedisCacheStore } from './redis-cache.store.js';
export { TieredCacheStore } from './tiered-cache.store.js';
