import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import { Concurrency } from './concurrency.js';
import { rateLimitExceeded } from './rate-limit.errors.js';
import { rateLimitHeaders } from './rate-limit.headers.js';
import { MODULE_OPTIONS_TOKEN } from './rate-limit.module-definition.js';
import { clientByAddress, type RateLimitModuleOptions } from './rate-limit.options.js';
import { REQUESTS } from './rate-limit.decorators.js';
import { SlidingWindowStorage } from './sliding-window.storage.js';

/** What metadata says about a handler. */
interface Plan {
  /** `undefined`: the client's, or the server's. */
  limit: number | undefined;
  windowMs: number;
}

/**
 * Limits how many requests of a client reach an endpoint in any window, and how many run at once. Answers tell the limit
 * in their headers.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  private readonly plans = new WeakMap<object, Plan | 'skip'>();
  private readonly concurrency = new Concurrency();

  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly windows: SlidingWindowStorage,
    reflector: Reflector,
    @Inject(MODULE_OPTIONS_TOKEN) private readonly limits: RateLimitModuleOptions,
  ) {
    super(options, windows, reflector);
  }

  /** @throws `rate_limit_exceeded` */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const plan = this.plans.get(handler);
    if (plan === 'skip') return true;
    if (plan) return this.limit(context, plan);
    // The throttler reads metadata, and asks for a request to be handled if it is not skipped.
    const passed = await super.canActivate(context);
    if (!this.plans.has(handler)) this.plans.set(handler, 'skip');
    return passed;
  }

  protected override handleRequest({ context, limit, ttl }: ThrottlerRequest): Promise<boolean> {
    const plan = { limit: limit === Infinity ? undefined : limit, windowMs: ttl };
    this.plans.set(context.getHandler(), plan);
    return this.limit(context, plan);
  }

  private async limit(context: ExecutionContext, { limit, windowMs }: Plan): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context) as { req: object; res: Reply };
    const { requests, maxConcurrent, client: identify = clientByAddress } = this.limits;
    const client = identify(req);
    const atOnce = client.maxConcurrent ?? maxConcurrent;
    const leave = atOnce === undefined ? undefined : this.concurrency.enter(client.id, atOnce);
    if (leave) res.raw.once('close', leave);
    const key = `${context.getClass().name}.${context.getHandler().name}:${client.id}`;
    const most = limit ?? client.requests ?? requests;
    const { state } = await this.windows.increment(key, windowMs, most);
    for (const [name, value] of Object.entries(rateLimitHeaders(REQUESTS, state))) {
      this.setResponseHeader(res, name, value);
    }
    if (!state.allowed) throw rateLimitExceeded(REQUESTS, state);
    return true;
  }
}

interface Reply {
  raw: NodeJS.EventEmitter;
}
