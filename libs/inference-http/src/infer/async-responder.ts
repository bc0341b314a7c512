import type { RequestContext } from '@frontier/http';
import type { Exchange } from '../generation/generation-handler.js';
import type { InferRequest } from './infer.request.js';

/** Responds to requests with `Prefer: respond-async` (RFC 7240, section 4.1) before their result is there. Port; without one, the preference is ignored. */
export interface AsyncResponder {
  /** @returns the body of the response; sets its status and headers */
  respond(body: InferRequest, context: RequestContext, exchange: Exchange): Promise<object>;
}

export const AsyncResponder = Symbol('AsyncResponder');

/** Tests for a request that prefers a response before its result is there. */
export function prefersAsync({ headers }: Exchange['request']): boolean {
  if (headers.prefer === undefined) return false;
  return [headers.prefer].flat().some((preferences) => /(^|,)\s*respond-async\s*(,|;|$)/i.test(preferences));
}
