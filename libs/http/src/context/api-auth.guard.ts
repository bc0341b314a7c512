import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { BearerTokenGuard, principalOf, KeyStore } from '@frontier/auth';
import { recordOf } from './request-observer.js';

/** Lets callers with a valid token pass, and notes them in the record of the request. */
@Injectable()
export class ApiAuthGuard extends BearerTokenGuard {
  constructor(@Inject(KeyStore) keys: KeyStore, reflector: Reflector) {
    super(keys, reflector);
  }

  /** @throws `unauthorized`, `forbidden` */
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const passed = super.canActivate(context);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (passed instanceof Promise) return passed.then(() => noteCaller(request));
    return noteCaller(request);
  }
}

function noteCaller(request: FastifyRequest): true {
  const record = recordOf(request);
  if (record) record.client = principalOf(request)?.name;
  return true;
}
