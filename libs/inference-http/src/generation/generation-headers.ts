import type { FastifyReply } from 'fastify';
import type { Answer, PhaseDurations } from '@frontier/inference';
import { setRateLimitHeaders } from '@frontier/rate-limit';
import { serverTiming } from './server-timing.js';

/** Tells where an answer comes from, how long its phases took, and what is left of the caller's tokens. */
export function setGenerationHeaders(
  reply: FastifyReply,
  { cache, tokenLimit }: Pick<Answer, 'cache' | 'tokenLimit'>,
  durations: Partial<PhaseDurations> | undefined,
): void {
  reply.header('x-cache', cache);
  if (durations) reply.header('server-timing', serverTiming(durations));
  if (tokenLimit) setRateLimitHeaders(reply, 'tokens', tokenLimit);
}
