import { describe, expect, it } from 'vitest';
import { rateLimitHeaders } from './rate-limit.headers.js';

describe(rateLimitHeaders, () => {
  it("writes the draft's structured fields and OpenAI's names", () => {
    const state = { allowed: true, limit: 600, windowMs: 60_000, remaining: 599, nextMs: 59_200, resetMs: 60_000 };
    expect(rateLimitHeaders('requests', state)).toEqual({
      'ratelimit-policy': '"requests";q=600;w=60',
      ratelimit: '"requests";r=599;t=60',
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-reset-requests': '1m0s',
    });
  });

  it.each([
    [0.2, '1ms'],
    [20, '20ms'],
    [1500, '1.5s'],
    [59_960, '1m0s'],
    [90_000, '1m30s'],
    [119_950, '2m0s'],
  ])('writes %d ms as %s', (resetMs, text) => {
    const state = { allowed: true, limit: 1, windowMs: 1000, remaining: 0, nextMs: 1, resetMs };
    expect(rateLimitHeaders('tokens', state)['x-ratelimit-reset-tokens']).toBe(text);
  });
});
