import type { FastifyReply } from 'fastify';
import type { Answer, PhaseDurations } from '@frontier/inference';
import { rateLimitHeaders } from '@frontier/rate-limit';
import { serverTiming } from './server-timing.js';

/** Headers that are lists, to which a second limit is added. */
const LISTS = new Set(['ratelimit', 'ratelimit-policy']);

/** Tells where an answer comes from, how long its phases took, and what is left of the caller's tokens. */
export function setGenerationHeaders(
  reply: FastifyReply,
  { cache, tokenLimit }: Pick<Answer, 'cache' | 'tokenLimit'>,
  durations: Partial<PhaseDurations> | undefined,
): void {
  reply.header('x-cache', cache);
  if (durations && cache !== 'HIT') reply.header('server-timing', serverTiming(durations));
  if (!tokenLimit) return;
  for (const [name, value] of Object.entries(rateLimitHeaders('tokens', tokenLimit))) {
    const present = LISTS.has(name) ? reply.getHeader(name) : undefined;
    reply.header(name, present === undefined ? value : `${String(present)}, ${value}`);
  }
}
