import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { BearerTokenGuard, callerOf, KeyStore } from '@frontier/auth';
import { clientByAddress, rateLimitExceeded, RateLimitStore } from '@frontier/rate-limit';
import { recordOf } from './request-observer.js';

/** How many wrong tokens may come from one address. */
export interface WrongTokenLimit {
  limit: number;
  windowMs: number;
}

export const WrongTokenLimit = Symbol('WrongTokenLimit');

/** Asks for a token, and limits how many wrong ones an address may try. */
@Injectable()
export class AccessGuard extends BearerTokenGuard {
  constructor(
    @Inject(KeyStore) keys: KeyStore,
    reflector: Reflector,
    @Inject(RateLimitStore) private readonly windows: RateLimitStore,
    @Inject(WrongTokenLimit) private readonly wrongTokens: WrongTokenLimit,
  ) {
    super(keys, reflector);
  }

  /** @throws `unauthorized`, `forbidden`, `rate_limit_exceeded` */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      await super.canActivate(context);
      const record = recordOf(request);
      if (record) record.client = callerOf(request)?.name;
      return true;
    } catch (error) {
      const state = await this.windows.hit({ key: `refused:${clientByAddress(request).id}`, ...this.wrongTokens });
      if (!state.allowed) throw rateLimitExceeded('requests', state);
      throw error;
    }
  }
}
