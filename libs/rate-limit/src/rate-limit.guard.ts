import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerRequest, type ThrottlerStorage } from '@nestjs/throttler';
import { ConcurrencyLimiter } from './concurrency-limiter.js';
import { type HttpReply, onClose } from './http-reply.js';
import { REQUESTS } from './rate-limit.decorators.js';
import { rateLimitExceeded } from './rate-limit.errors.js';
import { setRateLimitHeaders } from './rate-limit.headers.js';
import { principalByAddress, RateLimitModuleOptions } from './rate-limit.options.js';
import { RateLimitStore } from './store/rate-limit-store.js';

/** Limit of a handler, from its metadata. */
interface HandlerLimit {
  /** Default: the caller's own limit, or the server's. */
  limit: number | undefined;
  windowMs: number;
}

/** The guard uses no counter of the throttler's: windows are in a {@link RateLimitStore}. */
const NO_STORAGE: ThrottlerStorage = {
  increment: () => Promise.reject(new Error('Bug: requests are counted in a RateLimitStore.')),
};

/**
 * Limits the requests of a caller to an endpoint in any window, and those that run at once, on Fastify and Express.
 * Responses tell the limit in their headers.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  private readonly limitsOf = new WeakMap<object, Map<unknown, HandlerLimit | 'skip'>>();

  constructor(
    @Inject(RateLimitModuleOptions) private readonly limits: RateLimitModuleOptions,
    @Inject(RateLimitStore) private readonly store: RateLimitStore,
    reflector: Reflector,
    private readonly concurrency: ConcurrencyLimiter,
  ) {
    // A handler without a limit of its own has that of its caller.
    super({ throttlers: [{ name: REQUESTS, limit: Infinity, ttl: limits.windowMs }] }, NO_STORAGE, reflector);
  }

  /** @throws `rate_limit_exceeded` */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const limits = this.handlerLimits(context);
    const handler = context.getHandler();
    const limit = limits.get(handler);
    if (limit === 'skip') return true;
    if (limit) return this.limit(context, limit);
    // The throttler reads metadata, and asks for a request to be handled if it is not skipped.
    const passed = await super.canActivate(context);
    if (!limits.has(handler)) limits.set(handler, 'skip');
    return passed;
  }

  protected override handleRequest({ context, limit, ttl }: ThrottlerRequest): Promise<boolean> {
    const handlerLimit = { limit: limit === Infinity ? undefined : limit, windowMs: ttl };
    this.handlerLimits(context).set(context.getHandler(), handlerLimit);
    return this.limit(context, handlerLimit);
  }

  /** Metadata is read once per route; controllers may inherit one handler. */
  private handlerLimits(context: ExecutionContext): Map<unknown, HandlerLimit | 'skip'> {
    const controller = context.getClass();
    let limits = this.limitsOf.get(controller);
    if (!limits) this.limitsOf.set(controller, (limits = new Map()));
    return limits;
  }

  private async limit(context: ExecutionContext, { limit, windowMs }: HandlerLimit): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context) as { req: object; res: HttpReply };
    const { requests, maxConcurrent, principal: identify = principalByAddress } = this.limits;
    const principal = identify(req);
    const concurrent = principal.maxConcurrent ?? maxConcurrent;
    if (concurrent !== undefined) onClose(res, this.concurrency.acquire(principal.id, concurrent));
    const key = `${context.getClass().name}.${context.getHandler().name}:${principal.id}`;
    const state = await this.store.hit({ key, limit: limit ?? principal.requests ?? requests, windowMs });
    if (!state.allowed) throw rateLimitExceeded(REQUESTS, state);
    setRateLimitHeaders(res, REQUESTS, state);
    return true;
  }
}
