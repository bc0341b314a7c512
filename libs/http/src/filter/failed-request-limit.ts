import { Inject, Injectable } from '@nestjs/common';
import { principalOf } from '@frontier/auth';
import type { AppError } from '@frontier/errors';
import { principalByAddress, rateLimitExceeded, RateLimitStore } from '@frontier/rate-limit';
import { isExempt } from '../context/exempt-routes.js';
import { type HttpRequest, routeOf } from '../context/http-exchange.js';

/** Requests without a valid token that may fail, of one address. */
export interface FailedRequestWindow {
  limit: number;
  windowMs: number;
}

export const FailedRequestWindow = Symbol('FailedRequestWindow');

/** Malformed, without a valid token, or to a route that there is not: the ways of those who try. */
const COUNTED_STATUSES = new Set([400, 401, 404]);

/** Limits how many requests without a valid token an address may have fail. */
@Injectable()
export class FailedRequestLimit {
  constructor(
    @Inject(RateLimitStore) private readonly windows: RateLimitStore,
    @Inject(FailedRequestWindow) private readonly window: FailedRequestWindow,
  ) {}

  /** The error of the response: its own, or `rate_limit_exceeded` where its address has had too many. */
  async apply(error: AppError, request: HttpRequest): Promise<AppError> {
    if (!COUNTED_STATUSES.has(error.status) || principalOf(request) || isExempt(routeOf(request))) return error;
    const state = await this.windows.hit({ key: `failed:${principalByAddress(request).id}`, ...this.window });
    return state.allowed ? error : rateLimitExceeded('requests', state);
  }
}
