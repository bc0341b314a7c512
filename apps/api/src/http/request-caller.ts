import { type ApiKey, callerOf } from '@frontier/auth';
import type { RequestCaller } from '@frontier/inference';
import { clientByAddress, type RateLimitClient } from '@frontier/rate-limit';

/** Whose a request is, and what is theirs: limits, models, class. */
export interface Caller extends RequestCaller, RateLimitClient {}

const callers = new WeakMap<ApiKey, Caller>();

/** The caller by the key or, on routes that are open, by the address. */
export function requestCaller(request: object): Caller {
  const key = callerOf(request);
  if (!key) return clientByAddress(request);
  let caller = callers.get(key);
  if (!caller) callers.set(key, (caller = toCaller(key)));
  return caller;
}

function toCaller({ name, models, priority, rateLimit, tokensPerMinute, maxConcurrent }: ApiKey): Caller {
  return { id: `key:${name}`, models, priority, requests: rateLimit, tokensPerMinute, maxConcurrent };
}
