import type { RedisClient, RedisConnection } from '@frontier/redis';
import { redisInsStore } from 'cache-manager-redis-yet';
import type { CacheStore } from './cache-store.js';

const PREFIX = 'frontier:cache:';
/** Keys that one round trip looks at or removes while the cache is cleared. */
const CLEAR_BATCH = 500;

/** Keeps values in Redis, for all processes; its eviction is Redis's own (`maxmemory`). Its calls fail when Redis does. */
export class RedisCacheStore implements CacheStore {
  private readonly store: ReturnType<typeof redisInsStore>;

  constructor(private readonly redis: RedisConnection) {
    const client = redis.client as unknown as Parameters<typeof redisInsStore>[0];
    this.store = redisInsStore(client, { isCacheable: () => true });
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.redis.run(() => this.store.get<T>(PREFIX + key));
  }

  async set(key: string, value: unknown, ttlMs: number): Promise<void> {
    await this.redis.run(() => this.store.set(PREFIX + key, value, ttlMs));
  }

  /** How long a value will still be kept; 0 or less if it is not. */
  timeLeftMs(key: string): Promise<number> {
    return this.redis.run((client) => client.pTTL(PREFIX + key));
  }

  /** Only keys of the cache: the same Redis holds limits and idempotency keys. */
  async clear(): Promise<void> {
    let cursor = 0;
    do {
      cursor = await this.redis.run((client) => clearBatch(client, cursor));
    } while (cursor !== 0);
  }
}

/** @returns where the next batch begins; 0 at the end */
async function clearBatch(client: RedisClient, from: number): Promise<number> {
  const { cursor, keys } = await client.scan(from, { MATCH: `${PREFIX}*`, COUNT: CLEAR_BATCH });
  if (keys.length > 0) await client.unlink(keys);
  return cursor;
}
