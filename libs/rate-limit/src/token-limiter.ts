import { Inject, Injectable } from '@nestjs/common';
import { rateLimitExceeded } from './rate-limit.errors.js';
import { MODULE_OPTIONS_TOKEN } from './rate-limit.module-definition.js';
import type { RateLimitClient, RateLimitModuleOptions } from './rate-limit.options.js';
import { RateLimitStore, type Reservation } from './rate-limit-store.js';

const MINUTE_MS = 60_000;

/** Limits the tokens of a client in any minute. */
@Injectable()
export class TokenLimiter {
  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly limits: RateLimitModuleOptions,
    @Inject(RateLimitStore) private readonly store: RateLimitStore,
  ) {}

  /**
   * Reserves what a request may need; its `settle` must be called with what it did need, 0 if it never ran.
   * @returns `undefined` where the client has no limit
   * @throws `rate_limit_exceeded`
   */
  async reserve(client: RateLimitClient, tokens: number): Promise<Reservation | undefined> {
    const limit = client.tokensPerMinute ?? this.limits.tokensPerMinute;
    if (limit === undefined) return undefined;
    const window = { key: `tokens:${client.id}`, limit, windowMs: MINUTE_MS };
    const reservation = await this.store.reserve(window, tokens);
    if (!reservation.state.allowed) throw rateLimitExceeded('tokens', reservation.state);
    return reservation;
  }
}
