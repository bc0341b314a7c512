import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { Concurrency } from './concurrency.js';
import { rateLimitExceeded } from './rate-limit.errors.js';
import { setRateLimitHeaders } from './rate-limit.headers.js';
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
  private readonly plans = new WeakMap<object, Map<unknown, Plan | 'skip'>>();
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
    const plans = this.plansOf(context);
    const handler = context.getHandler();
    const plan = plans.get(handler);
    if (plan === 'skip') return true;
    if (plan) return this.limit(context, plan);
    // The throttler reads metadata, and asks for a request to be handled if it is not skipped.
    const passed = await super.canActivate(context);
    if (!plans.has(handler)) plans.set(handler, 'skip');
    return passed;
  }

  protected override handleRequest({ context, limit, ttl }: ThrottlerRequest): Promise<boolean> {
    const plan = { limit: limit === Infinity ? undefined : limit, windowMs: ttl };
    this.plansOf(context).set(context.getHandler(), plan);
    return this.limit(context, plan);
  }

  /** Metadata is read once per route; controllers may inherit one handler. */
  private plansOf(context: ExecutionContext): Map<unknown, Plan | 'skip'> {
    const controller = context.getClass();
    let plans = this.plans.get(controller);
    if (!plans) this.plans.set(controller, (plans = new Map()));
    return plans;
  }

  private async limit(context: ExecutionContext, { limit, windowMs }: Plan): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context) as { req: object; res: FastifyReply };
    const { requests, maxConcurrent, client: identify = clientByAddress } = this.limits;
    const client = identify(req);
    this.enter(client.id, client.maxConcurrent ?? maxConcurrent, res);
    const key = `${context.getClass().name}.${context.getHandler().name}:${client.id}`;
    const { state } = await this.windows.increment(key, windowMs, limit ?? client.requests ?? requests);
    if (!state.allowed) throw rateLimitExceeded(REQUESTS, state);
    setRateLimitHeaders(res, REQUESTS, state);
    return true;
  }

  private enter(client: string, limit: number | undefined, { raw }: FastifyReply): void {
    if (limit === undefined) return;
    const leave = this.concurrency.enter(client, limit);
    if (raw.destroyed) leave();
    else raw.once('close', leave);
  }
}
