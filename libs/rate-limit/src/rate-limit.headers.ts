import type { WindowState } from './sliding-window.js';

/**
 * The headers that tell a client its limit: `RateLimit-Policy` and `RateLimit`
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/, structured fields) and the names that clients of
 * OpenAI's API read.
 */
export function rateLimitHeaders(unit: 'requests' | 'tokens', state: WindowState): Record<string, string> {
  const { limit, windowMs, remaining, nextMs, resetMs } = state;
  const next = Number.isFinite(nextMs) ? Math.ceil(nextMs / 1000) : Math.ceil(resetMs / 1000);
  return {
    'ratelimit-policy': `"${unit}";q=${limit};w=${Math.ceil(windowMs / 1000)}`,
    ratelimit: `"${unit}";r=${remaining};t=${next}`,
    [`x-ratelimit-limit-${unit}`]: String(limit),
    [`x-ratelimit-remaining-${unit}`]: String(remaining),
    [`x-ratelimit-reset-${unit}`]: duration(resetMs),
  };
}

/** As OpenAI writes durations: `20ms`, `1.5s`, `2m30s`. */
function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.ceil(milliseconds)}ms`;
  const seconds = Math.ceil(milliseconds / 100) / 10;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`;
}
