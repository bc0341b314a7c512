import { Module } from '@nestjs/common';
import { ConcurrencyLimiter } from './concurrency-limiter.js';
import { FallbackRateLimitStore } from './store/fallback-rate-limit.store.js';
import { MemoryRateLimitStore } from './store/memory-rate-limit.store.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { ConfigurableModuleClass, RateLimitModuleOptions } from './rate-limit.options.js';
import { RateLimitStore } from './store/rate-limit-store.js';
import { RedisRateLimitStore } from './store/redis-rate-limit.store.js';
import { TokenLimiter } from './token-limiter.js';

function createStore({ store, redis }: RateLimitModuleOptions): RateLimitStore {
  if (store) return store;
  const memory = new MemoryRateLimitStore();
  return redis ? new FallbackRateLimitStore(new RedisRateLimitStore(redis), memory) : memory;
}

/**
 * Provides {@link RateLimitGuard}, to be bound with `APP_GUARD` or `@UseGuards()`, with all that it injects, and
 * {@link TokenLimiter}.
 */
@Module({
  providers: [
    { provide: RateLimitStore, useFactory: createStore, inject: [RateLimitModuleOptions] },
    ConcurrencyLimiter,
    RateLimitGuard,
    TokenLimiter,
  ],
  exports: [RateLimitGuard, TokenLimiter, RateLimitStore, ConcurrencyLimiter, RateLimitModuleOptions],
})
export class RateLimitModule extends ConfigurableModuleClass {}
