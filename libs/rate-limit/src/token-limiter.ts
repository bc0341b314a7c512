import { Inject, Injectable } from '@nestjs/common';
import { rateLimitExceeded } from './rate-limit.errors.js';
import { RateLimitModuleOptions, type RateLimitPrincipal } from './rate-limit.options.js';
import { RateLimitStore, type Reservation } from './store/rate-limit-store.js';

const MINUTE_MS = 60_000;

/** Limits the tokens of a caller in any minute. */
@Injectable()
export class TokenLimiter {
  constructor(
    @Inject(RateLimitModuleOptions) private readonly limits: RateLimitModuleOptions,
    @Inject(RateLimitStore) private readonly store: RateLimitStore,
  ) {}

  /**
   * Reserves the tokens that a request may need; call `settle` of the result with those that it did need, 0 if it never ran.
   * @returns `undefined` where the caller has no limit
   * @throws `rate_limit_exceeded`
   */
  async reserve(principal: RateLimitPrincipal, tokens: number): Promise<Reservation | undefined> {
    const limit = principal.tokensPerMinute ?? this.limits.tokensPerMinute;
    if (limit === undefined) return undefined;
    const window = { key: `tokens:${principal.id}`, limit, windowMs: MINUTE_MS };
    const reservation = await this.store.reserve(window, tokens);
    if (!reservation.state.allowed) throw rateLimitExceeded('tokens', reservation.state);
    return reservation;
  }
}
