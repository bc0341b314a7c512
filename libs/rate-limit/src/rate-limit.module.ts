import { Module } from '@nestjs/common';
import { getOptionsToken, getStorageToken, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { FallbackRateLimitStore } from './fallback-rate-limit.store.js';
import { MemoryRateLimitStore } from './memory-rate-limit.store.js';
import { REQUESTS } from './rate-limit.decorators.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './rate-limit.module-definition.js';
import type { RateLimitModuleOptions } from './rate-limit.options.js';
import { RateLimitStore } from './rate-limit-store.js';
import { RedisRateLimitStore } from './redis-rate-limit.store.js';
import { SlidingWindowStorage } from './sliding-window.storage.js';
import { TokenLimiter } from './token-limiter.js';

function createStore({ store, redis }: RateLimitModuleOptions): RateLimitStore {
  if (store) return store;
  const memory = new MemoryRateLimitStore();
  return redis ? new FallbackRateLimitStore(new RedisRateLimitStore(redis), memory) : memory;
}

/** A handler without a limit of its own has that of the client. */
function throttlerOptions({ windowMs }: RateLimitModuleOptions): ThrottlerModuleOptions {
  return { throttlers: [{ name: REQUESTS, limit: Infinity, ttl: windowMs }] };
}

/** Provides {@link RateLimitGuard}, to be bound with `APP_GUARD`, and {@link TokenLimiter}. */
@Module({
  providers: [
    { provide: RateLimitStore, useFactory: createStore, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: getOptionsToken(), useFactory: throttlerOptions, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: getStorageToken(), useClass: SlidingWindowStorage },
    RateLimitGuard,
    TokenLimiter,
  ],
  exports: [RateLimitGuard, TokenLimiter, RateLimitStore],
})
export class RateLimitModule extends ConfigurableModuleClass {}
