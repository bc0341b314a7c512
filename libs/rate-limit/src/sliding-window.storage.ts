import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RateLimitStore } from './rate-limit-store.js';
import type { WindowState } from './sliding-window.js';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** The throttler's storage on sliding windows; its records have the precise state beside whole seconds. */
@Injectable()
export class SlidingWindowStorage implements ThrottlerStorage {
  constructor(@Inject(RateLimitStore) private readonly store: RateLimitStore) {}

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord & { state: WindowState }> {
    const state = await this.store.hit({ key, limit, windowMs: ttl });
    return {
      totalHits: state.limit - state.remaining,
      timeToExpire: Math.ceil(state.resetMs / 1000),
      isBlocked: !state.allowed,
      timeToBlockExpire: state.allowed ? 0 : Math.ceil(state.nextMs / 1000),
      state,
    };
  }
}
