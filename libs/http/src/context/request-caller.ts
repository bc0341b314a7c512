import { type Principal, principalOf } from '@frontier/auth';
import { principalByAddress, type RateLimitPrincipal } from '@frontier/rate-limit';

/** The caller of a request, with the limits, models and class of its key. */
export interface Caller extends RateLimitPrincipal, Pick<Principal, 'models' | 'priority'> {}

const callers = new WeakMap<Principal, Caller>();

/** The caller by the key or, on routes that are open, by the address. */
export function requestCaller(request: object): Caller {
  const key = principalOf(request);
  if (!key) return principalByAddress(request);
  let caller = callers.get(key);
  if (!caller) callers.set(key, (caller = toCaller(key)));
  return caller;
}

function toCaller({ name, models, priority, rateLimit, tokensPerMinute, maxConcurrent }: Principal): Caller {
  return { id: `key:${name}`, models, priority, requests: rateLimit, tokensPerMinute, maxConcurrent };
}
