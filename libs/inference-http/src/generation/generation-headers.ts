import type { FastifyReply } from 'fastify';
import type { GenerationHead, PhaseDurations } from '@frontier/inference';
import { setRateLimitHeaders } from '@frontier/rate-limit';
import { serverTiming } from './server-timing.js';

/** Sets `X-Cache`, `Server-Timing` and the rest of the caller's tokens. */
export function setGenerationHeaders(
  reply: FastifyReply,
  { cache, tokenLimit }: Pick<GenerationHead, 'cache' | 'tokenLimit'>,
  durations: Partial<PhaseDurations> | undefined,
): void {
  reply.header('x-cache', cache);
  if (durations) reply.header('server-timing', serverTiming(durations));
  if (tokenLimit) setRateLimitHeaders(reply, 'tokens', tokenLimit);
}
