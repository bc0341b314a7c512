import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ApiKey } from './api-key.js';

const CALLER = Symbol('frontier:auth:caller');

interface Authenticated {
  [CALLER]?: ApiKey;
}

export function setCaller(request: object, key: ApiKey): void {
  (request as Authenticated)[CALLER] = key;
}

/** Whose request it is, once `BearerTokenGuard` has let it pass; `undefined` on public routes. */
export function callerOf(request: object): ApiKey | undefined {
  return (request as Authenticated)[CALLER];
}

/** Injects the {@link ApiKey} of the caller into a handler of a route that is not public. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest()),
);
