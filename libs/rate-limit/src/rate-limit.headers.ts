import type { HttpReply } from './http-reply.js';
import type { WindowState } from './store/sliding-window.js';

type Unit = 'requests' | 'tokens';

/**
 * Sets the headers of a limit: `RateLimit-Policy` and `RateLimit`
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/, structured fields, lists to which a second limit is
 * added) and the names that clients of OpenAI's API read.
 */
export function setRateLimitHeaders(reply: HttpReply, unit: Unit, state: WindowState): void {
  const { limit, windowMs, remaining, nextMs, resetMs } = state;
  const next = Math.ceil((Number.isFinite(nextMs) ? nextMs : resetMs) / 1000);
  const policies = reply.getHeader('ratelimit-policy');
  const limits = reply.getHeader('ratelimit');
  reply.header('ratelimit-policy', appended(policies, `"${unit}";q=${limit};w=${Math.ceil(windowMs / 1000)}`));
  reply.header('ratelimit', appended(limits, `"${unit}";r=${remaining};t=${next}`));
  reply.header(`x-ratelimit-limit-${unit}`, String(limit));
  reply.header(`x-ratelimit-remaining-${unit}`, String(remaining));
  reply.header(`x-ratelimit-reset-${unit}`, duration(resetMs));
}

function appended(list: unknown, item: string): string {
  return typeof list === 'string' ? `${list}, ${item}` : item;
}

/** As OpenAI writes durations: `20ms`, `1.5s`, `2m30s`. */
function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / 100) / 10;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
