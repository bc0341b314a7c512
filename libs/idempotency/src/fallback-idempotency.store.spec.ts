import type { OwnedKey } from '@frontier/resilience';
import { describe, expect, it, vi } from 'vitest';
import { FallbackIdempotencyStore } from './fallback-idempotency.store.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';

/** Options of waits: the speed of the machine is no subject here. */
const PATIENT = { timeout: 15_000 };

const TTL_MS = 60_000;
const MAX_BYTES = 10_000;
const key = (name: string, caller = 'me'): OwnedKey => ({ caller, key: name });
const claim = (owner: string): { fingerprint: string; owner: string } => ({ fingerprint: 'f', owner });

/** A store that is reached or not; what it is told while it hangs arrives all the same. */
function aDistantStore(): { store: IdempotencyStore; kept: MemoryIdempotencyStore; setMode: (mode: Mode) => void } {
  type Call<T> = () => Promise<T>;
  const kept = new MemoryIdempotencyStore(MAX_BYTES);
  let mode: Mode = 'there';
  const through = async <T>(call: Call<T>): Promise<T> => {
    if (mode === 'gone') throw new Error('gone');
    const result = await call();
    if (mode === 'hanging') throw new Error('no reply in time');
    return result;
  };
  const store: IdempotencyStore = {
    claim: (...args) => through(() => kept.claim(...args)),
    complete: (...args) => through(() => kept.complete(...args)),
    release: (...args) => through(() => kept.release(...args)),
  };
  return { store, kept, setMode: (next) => (mode = next) };
}
type Mode = 'there' | 'gone' | 'hanging';

describe(FallbackIdempotencyStore.name, () => {
  it('frees a claim that arrived although it seemed to fail, when the store is back', async () => {
    const { store, kept, setMode } = aDistantStore();
    const fallback = new FallbackIdempotencyStore(store, new MemoryIdempotencyStore(MAX_BYTES), MAX_BYTES);
    setMode('hanging');
    expect(await fallback.claim(key('key'), claim('a'), TTL_MS)).toBeUndefined();
    setMode('gone');
    await fallback.release(key('key'), 'a');
    expect(await kept.claim(key('key'), claim('elsewhere'), TTL_MS)).toMatchObject({ owner: 'a' });
    setMode('there');
    await fallback.claim(key('other'), claim('b'), TTL_MS);
    await Promise.resolve();
    expect(await fallback.claim(key('key'), claim('c'), TTL_MS)).toBeUndefined();
  });

  it('tells the first store the answers that it missed', async () => {
    const { store, kept, setMode } = aDistantStore();
    const fallback = new FallbackIdempotencyStore(store, new MemoryIdempotencyStore(MAX_BYTES), MAX_BYTES);
    await fallback.claim(key('key'), claim('a'), TTL_MS);
    setMode('gone');
    await fallback.complete(key('key'), { ...claim('a'), response: 'answer' }, TTL_MS);
    expect(await fallback.claim(key('key'), claim('b'), TTL_MS)).toMatchObject({ response: 'answer' });
    setMode('there');
    await fallback.claim(key('other'), claim('b'), TTL_MS);
    await Promise.resolve();
    expect(await kept.claim(key('key'), claim('elsewhere'), TTL_MS)).toMatchObject({ response: 'answer' });
  });

  it('leaves a key alone that is not its own', async () => {
    const { store, kept } = aDistantStore();
    const fallback = new FallbackIdempotencyStore(store, new MemoryIdempotencyStore(MAX_BYTES), MAX_BYTES);
    await kept.claim(key('key'), claim('elsewhere'), TTL_MS);
    await fallback.release(key('key'), 'a');
    await fallback.complete(key('key'), { ...claim('a'), response: 'mine' }, TTL_MS);
    expect(await fallback.claim(key('key'), claim('b'), TTL_MS)).toEqual(claim('elsewhere'));
  });

  it('remembers what each caller is owed within a share, and what another one is owed whatever one does', async () => {
    const { store, kept, setMode } = aDistantStore();
    const fallback = new FallbackIdempotencyStore(store, new MemoryIdempotencyStore(MAX_BYTES), MAX_BYTES);
    setMode('gone');
    await fallback.complete(key('k', 'victim'), { ...claim('v'), response: 'answer' }, TTL_MS);
    for (let i = 0; i < 100; i++) {
      await fallback.complete(key(`k${i}`, 'greedy'), { ...claim('g'), response: 'x'.repeat(500) }, TTL_MS);
      await fallback.release(key(`r${i}`, 'greedy'), 'g');
    }
    setMode('there');
    await fallback.claim(key('other'), claim('b'), TTL_MS);
    await vi.waitFor(async () => {
      expect(await kept.claim(key('k', 'victim'), claim('b'), TTL_MS)).toMatchObject({ response: 'answer' });
    }, PATIENT);
  });
});
