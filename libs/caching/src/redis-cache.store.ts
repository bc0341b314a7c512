import { type RedisClient, type RedisConnection, RedisSharedEntries } from '@frontier/redis';
import type { OwnedKey } from '@frontier/resilience';
import { redisInsStore } from 'cache-manager-redis-yet';
import type { CacheStore } from './cache-store.js';

const PREFIX = 'frontier:cache:';
/** Keys that one round trip looks at or removes while the cache is cleared. */
const CLEAR_BATCH = 500;

/**
 * Values in Redis, for all processes, within a number of bytes that callers share: those of one caller push out neither another
 * one's, nor idempotency keys and limits in the same Redis. Its calls fail when Redis does.
 */
export class RedisCacheStore implements CacheStore {
  private readonly store: ReturnType<typeof redisInsStore>;
  private readonly entries: RedisSharedEntries;

  constructor(
    private readonly redis: RedisConnection,
    maxBytes: number,
  ) {
    this.entries = new RedisSharedEntries({ prefix: PREFIX, maxBytes });
    const client = redis.client as unknown as Parameters<typeof redisInsStore>[0];
    this.store = redisInsStore(client, { isCacheable: () => true });
  }

  get<T>(key: OwnedKey): Promise<T | undefined> {
    return this.redis.run(() => this.store.get<T>(this.entries.keyOf(key)));
  }

  async set(key: OwnedKey, value: unknown, ttlMs: number): Promise<void> {
    await this.redis.run((client) => this.entries.set(client, key, JSON.stringify(value), { ttlMs }));
  }

  /** Remaining time of a value; 0 or less if there is none. */
  timeLeftMs(key: OwnedKey): Promise<number> {
    return this.redis.run((client) => client.pTTL(this.entries.keyOf(key)));
  }

  /** Removes keys of the cache only: the same Redis holds limits and idempotency keys. */
  async clear(): Promise<void> {
    let cursor = 0;
    do {
      cursor = await this.redis.run((client) => clearBatch(client, cursor));
    } while (cursor !== 0);
  }
}

/** @returns the cursor of the next batch; 0 at the end */
async function clearBatch(client: RedisClient, from: number): Promise<number> {
  const { cursor, keys } = await client.scan(from, { MATCH: `${PREFIX}*`, COUNT: CLEAR_BATCH });
  if (keys.length > 0) await client.unlink(keys);
  return cursor;
}
