import { setTimeout as sleep } from 'node:timers/promises';
import { RedisIdempotencyStore } from '@frontier/idempotency';
import { RedisConnection, RedisSharedEntries } from '@frontier/redis';
import { SharedEntries } from '@frontier/resilience';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';

const TTL_MS = 60_000;
/** Bytes of an entry in Redis beside its value. */
const ENTRY_BYTES = 512;

describe.skipIf(!hasRedis)('entries that callers share in Redis', () => {
  let redis: TestRedis;
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await TestRedis.start();
    connection = new RedisConnection({ url: redis.url, commandTimeoutMs: 5000 });
    await connection.onModuleInit();
  });
  beforeEach(() => redis.flush());
  afterAll(async () => {
    await connection.onApplicationShutdown();
    await redis.kill();
  });

  /** Sets a value of so many bytes, with its overhead. */
  const put = (entries: RedisSharedEntries, caller: string, key: string, bytes: number, ttlMs = TTL_MS) =>
    entries.set(connection.client, { caller, key }, 'x'.repeat(bytes - ENTRY_BYTES), { ttlMs });
  /** Their keys are digests. */
  const heldKeys = async (prefix: string): Promise<string[]> =>
    (await connection.client.keys(`${prefix}${'[0-9a-f]'.repeat(64)}`)).toSorted();
  const heldBytes = async (prefix: string): Promise<number> =>
    (await connection.client.zScore(`${prefix}held`, '=')) ?? 0;

  it('are shared as those in memory are, whatever is set', async () => {
    let run = 0;
    const action = fc.record({
      caller: fc.constantFrom('a' as const, 'b' as const, 'c' as const),
      key: fc.nat(8),
      thousands: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const prefix = `shares:${run++}:`;
        const far = new RedisSharedEntries({ prefix, maxBytes: 10_500 });
        const near = new SharedEntries<number>({ maxBytes: 10_500 });
        let nth = 0;
        for (const { caller, key, thousands } of actions) {
          // No two callers hold equally much: then either may make room.
          const bytes = thousands * 1000 + { a: 0, b: 1, c: 20 }[caller];
          const name = `k${caller}${key}`;
          // The oldest is the one that expires first: no two of them in the same millisecond.
          const isKept = await put(far, caller, name, bytes, TTL_MS + 1000 * nth++);
          expect(near.set({ caller, key: name }, bytes, { bytes, ttlMs: TTL_MS })).toBe(isKept);
          expect(await heldKeys(prefix)).toEqual([...near.entries()].map(([own]) => far.keyOf(own)).toSorted());
          expect(await heldBytes(prefix)).toBe(near.usedBytes);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('give their room back when they expire, also those of a caller that never comes again', async () => {
    const entries = new RedisSharedEntries({ prefix: 'brief:', maxBytes: 10_000 });
    for (let i = 0; i < 10; i++) await put(entries, 'gone', `k${i}`, 1000, 50);
    await sleep(80);
    for (let i = 0; i < 10; i++) expect(await put(entries, 'here', `k${i}`, 1000, 500)).toBe(true);
    expect([await heldBytes('brief:'), (await heldKeys('brief:')).length]).toEqual([10_000, 10]);
    await sleep(600);
    expect(await connection.client.keys('brief:*')).toEqual([]);
  });

  it('find room again when Redis has evicted what is known of them', async () => {
    const entries = new RedisSharedEntries({ prefix: 'lost:', maxBytes: 10_000 });
    const fill = async (caller: string): Promise<void> => {
      for (let i = 0; i < 10; i++) await put(entries, caller, `k${caller}${i}`, 1000);
    };
    for (const lost of ['expiries:a', 'sizes:a', 'held', 'lasts']) {
      await fill('a');
      await connection.client.del(`lost:${lost}`);
      for (let i = 0; i < 3; i++) expect([lost, await put(entries, 'b', `k${lost}${i}`, 1000)]).toEqual([lost, true]);
      await fill('a');
      expect(await heldBytes('lost:')).toBeLessThanOrEqual(10_000);
    }
  });

  it('of one caller never take the key of another one, nor a claim', async () => {
    const store = new RedisIdempotencyStore(connection, 100_000);
    const own = { caller: 'victim', key: 'k' };
    const running = { caller: 'victim', key: 'runs' };
    const claim = { fingerprint: 'f', owner: 'o' };
    await store.claim(running, claim, TTL_MS);
    await store.claim(own, claim, TTL_MS);
    await store.complete(own, { ...claim, response: 'answer' }, TTL_MS);
    for (let i = 0; i < 6; i++) {
      await store.complete({ caller: 'greedy', key: `${i}` }, { ...claim, response: 'x'.repeat(40_000) }, TTL_MS);
    }
    expect(await store.claim(own, { ...claim, owner: 'next' }, TTL_MS)).toMatchObject({ response: 'answer' });
    expect(await store.claim(running, { ...claim, owner: 'next' }, TTL_MS)).toEqual(claim);
    await store.complete(running, { ...claim, owner: 'stranger', response: 'forged' }, TTL_MS);
    await store.release(running, 'stranger');
    expect(await store.claim(running, { ...claim, owner: 'next' }, TTL_MS)).toEqual(claim);
    const latest = await store.claim({ caller: 'greedy', key: '5' }, claim, TTL_MS);
    expect(latest).toMatchObject({ response: 'x'.repeat(40_000) });
  });

  it('are set in a step that holds Redis up for little, also where thousands of small ones make room', async () => {
    const entries = new RedisSharedEntries({ prefix: 'many:', maxBytes: 4 * 2 ** 20 });
    await Promise.all(Array.from({ length: 4000 }, (_, i) => put(entries, 'a', `k${i}`, 1048)));
    await redis.command('CONFIG RESETSTAT');
    expect(await put(entries, 'b', 'large', 2 * 2 ** 20)).toBe(true);
    const [, usec] = /cmdstat_evalsha:calls=1,usec=(\d+)/.exec(await redis.command('INFO commandstats'))!;
    process.stdout.write(`2 MiB in place of 2,000 entries: ${Number(usec) / 1000} ms of Redis\n`);
    expect(await heldBytes('many:')).toBeLessThanOrEqual(4 * 2 ** 20);
  });
});
