import { type ApiKey, callerOf } from '@frontier/auth';
import { clientByAddress, type RateLimitClient } from '@frontier/rate-limit';

/** The caller of a request, with the limits, models and class of its key. */
export interface Caller extends RateLimitClient, Pick<ApiKey, 'models' | 'priority'> {}

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
