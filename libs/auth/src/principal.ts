import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** The authenticated caller of a request, and its rights and limits. */
export interface Principal {
  /** Unique name; shows up in logs and keeps limits, caches and idempotency keys of callers apart. */
  name: string;
  /** Opens routes that are marked `@Admin()`. */
  admin: boolean;
  /** Names or aliases of the models that it may use; default: all. */
  models?: readonly string[];
  /** Highest class of its requests. */
  priority?: 'high' | 'normal' | 'low';
  /** Requests in any window of the rate limit; default: the server's. */
  rateLimit?: number;
  /** Tokens in any minute; default: the server's. */
  tokensPerMinute?: number;
  /** Concurrent requests; default: the server's. */
  maxConcurrent?: number;
}

const PRINCIPAL = Symbol('frontier:auth:principal');

interface Authenticated {
  [PRINCIPAL]?: Principal;
}

/** Attaches the principal to a request of Fastify or Express. */
export function setPrincipal(request: object, principal: Principal): void {
  (request as Authenticated)[PRINCIPAL] = principal;
}

/** The principal of a request that `BearerTokenGuard` let pass; `undefined` on public routes. */
export function principalOf(request: object): Principal | undefined {
  return (request as Authenticated)[PRINCIPAL];
}

/** Injects the {@link Principal} of the request into a handler; `undefined` on public routes. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest()),
);
