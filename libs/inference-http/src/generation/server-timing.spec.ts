import { describe, expect, it } from 'vitest';
import { serverTiming } from './server-timing.js';

describe(serverTiming, () => {
  it('lists the phases that are known, with a decimal', () => {
    expect(serverTiming({ queueMs: 0, prefillMs: 12.345, decodeMs: 6 })).toBe(
      'queue;dur=0.0, prefill;dur=12.3, decode;dur=6.0',
    );
    expect(serverTiming({ prefillMs: 1 })).toBe('prefill;dur=1.0');
    expect(serverTiming({})).toBe('');
  });
});
