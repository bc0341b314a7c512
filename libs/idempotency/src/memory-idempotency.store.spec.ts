import type { OwnedKey } from '@frontier/resilience';
import { describe, expect, it, vi } from 'vitest';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';

const TTL_MS = 60_000;
const key = (caller: string, name: string): OwnedKey => ({ caller, key: name });
const entry = (response: string): { fingerprint: string; owner: string; response: string } => {
  return { fingerprint: 'f', owner: 'o', response };
};

describe(MemoryIdempotencyStore, () => {
  it('keeps the answer of one caller, however many and large those of another are', async () => {
    const store = new MemoryIdempotencyStore(100_000);
    await store.complete(key('victim', 'k'), entry('answer'), TTL_MS);
    for (let i = 0; i < 6; i++) await store.complete(key('greedy', `k${i}`), entry('x'.repeat(20_000)), TTL_MS);
    for (let i = 0; i < 1000; i++) await store.complete(key('greedy', `s${i}`), entry('small'), TTL_MS);
    expect(await store.claim(key('victim', 'k'), entry(''), TTL_MS)).toMatchObject({ response: 'answer' });
    expect(await store.claim(key('greedy', 's999'), entry(''), TTL_MS)).toMatchObject({ response: 'small' });
    expect(await store.claim(key('greedy', 'k0'), entry(''), TTL_MS)).toBeUndefined();
  });

  it('keeps a claim for its time, whatever is answered meanwhile', async () => {
    vi.useFakeTimers();
    try {
      const store = new MemoryIdempotencyStore(10_000);
      const claim = { fingerprint: 'f', owner: 'runs' };
      expect(await store.claim(key('victim', 'k'), claim, 1000)).toBeUndefined();
      for (let i = 0; i < 100; i++) await store.complete(key('greedy', `k${i}`), entry('x'.repeat(1000)), TTL_MS);
      expect(await store.claim(key('victim', 'k'), entry(''), 1000)).toEqual(claim);
      vi.advanceTimersByTime(1001);
      expect(await store.claim(key('victim', 'k'), { fingerprint: 'f', owner: 'next' }, 1000)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('frees the key of an answer that has no room', async () => {
    const store = new MemoryIdempotencyStore(2000);
    await store.claim(key('a', 'k'), { fingerprint: 'f', owner: 'o' }, TTL_MS);
    await store.complete(key('a', 'k'), entry('x'.repeat(2000)), TTL_MS);
    expect(await store.claim(key('a', 'k'), { fingerprint: 'f', owner: 'next' }, TTL_MS)).toBeUndefined();
  });

  it('tells equal keys of two callers apart', async () => {
    const store = new MemoryIdempotencyStore(10_000);
    await store.complete(key('a', 'k'), entry('for a'), TTL_MS);
    expect(await store.claim(key('b', 'k'), entry(''), TTL_MS)).toBeUndefined();
    await store.release(key('b', 'k'), 'o');
    expect(await store.claim(key('a', 'k'), entry(''), TTL_MS)).toMatchObject({ response: 'for a' });
  });
});
