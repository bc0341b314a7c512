import { describe, expect, it } from 'vitest';
import { setRateLimitHeaders } from './rate-limit.headers.js';
import type { WindowState } from './store/sliding-window.js';

const aState = (change: Partial<WindowState> = {}): WindowState => ({
  allowed: true,
  limit: 600,
  windowMs: 60_000,
  remaining: 599,
  nextMs: 59_200,
  resetMs: 60_000,
  ...change,
});

function headersOf(...states: ['requests' | 'tokens', WindowState][]): Record<string, string> {
  const set: Record<string, string> = {};
  const reply = {
    getHeader: (name: string) => set[name],
    header: (name: string, value: string) => (set[name] = value),
  };
  for (const [unit, state] of states) setRateLimitHeaders(reply, unit, state);
  return set;
}

describe(setRateLimitHeaders, () => {
  it("writes the draft's structured fields and OpenAI's names", () => {
    expect(headersOf(['requests', aState()])).toEqual({
      'ratelimit-policy': '"requests";q=600;w=60',
      ratelimit: '"requests";r=599;t=60',
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-reset-requests': '1m0s',
    });
  });

  it('adds a second limit to the lists', () => {
    const both = headersOf(['requests', aState()], ['tokens', aState({ limit: 100, remaining: 5 })]);
    expect(both['ratelimit-policy']).toBe('"requests";q=600;w=60, "tokens";q=100;w=60');
    expect(both.ratelimit).toBe('"requests";r=599;t=60, "tokens";r=5;t=60');
    expect(both['x-ratelimit-remaining-tokens']).toBe('5');
  });

  it.each([
    [0.2, '1ms'],
    [20, '20ms'],
    [1500, '1.5s'],
    [59_960, '1m0s'],
    [90_000, '1m30s'],
    [119_950, '2m0s'],
  ])('writes %d ms as %s', (resetMs, text) => {
    expect(headersOf(['tokens', aState({ resetMs })])['x-ratelimit-reset-tokens']).toBe(text);
  });
});
