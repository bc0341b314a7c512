import { type Principal, principalOf } from '@frontier/auth';
import { principalByAddress, type RateLimitPrincipal } from '@frontier/rate-limit';

/** The principal of a request, with its limits, models and class. */
export interface RequestPrincipal extends RateLimitPrincipal, Pick<Principal, 'models' | 'priority'> {}

const known = new WeakMap<Principal, RequestPrincipal>();

/** The principal by the key or, on public routes, by the address. */
export function requestPrincipal(request: object): RequestPrincipal {
  const principal = principalOf(request);
  if (!principal) return principalByAddress(request);
  let found = known.get(principal);
  if (!found) known.set(principal, (found = toRequestPrincipal(principal)));
  return found;
}

function toRequestPrincipal(principal: Principal): RequestPrincipal {
  const { name, models, priority, rateLimit, tokensPerMinute, maxConcurrent } = principal;
  return { id: `key:${name}`, models, priority, requests: rateLimit, tokensPerMinute, maxConcurrent };
}
