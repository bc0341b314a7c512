import { describe, expect, it } from 'vitest';
import type { Exchange } from '../generation/generation-handler.js';
import { prefersAsync } from './async-responder.js';

const prefers = (prefer?: string | string[]): boolean =>
  prefersAsync({ headers: { prefer } } as unknown as Exchange['request']);

describe(prefersAsync, () => {
  it.each([
    'respond-async',
    'Respond-Async',
    'wait=10, respond-async',
    'respond-async; wait=5',
    'return=minimal,respond-async',
  ])('accepts %j', (prefer) => {
    expect(prefers(prefer)).toBe(true);
  });

  it('reads several headers', () => {
    expect(prefers(['wait=10', 'respond-async'])).toBe(true);
  });

  it.each([undefined, '', 'wait=10', 'respond-asynchronously', 'no-respond-async'])('refuses %j', (prefer) => {
    expect(prefers(prefer)).toBe(false);
  });
});
