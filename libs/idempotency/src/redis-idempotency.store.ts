import type { RedisConnection } from '@frontier/redis';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

const PREFIX = 'frontier:idempotency:';

/** Keys that all processes on one Redis share. Its calls fail when Redis does. */
export class RedisIdempotencyStore implements IdempotencyStore {
  constructor(private readonly redis: RedisConnection) {}

  async claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const entry: IdempotencyEntry = { state: 'running', fingerprint };
    const known = await this.redis.run((client) =>
      client.set(PREFIX + key, JSON.stringify(entry), { NX: true, GET: true, PX: ttlMs }),
    );
    return known === null ? undefined : (JSON.parse(known) as IdempotencyEntry);
  }

  async complete(key: string, fingerprint: string, response: string, ttlMs: number): Promise<void> {
    const entry: IdempotencyEntry = { state: 'done', fingerprint, response };
    await this.redis.run((client) => client.set(PREFIX + key, JSON.stringify(entry), { PX: ttlMs }));
  }

  async release(key: string): Promise<void> {
    await this.redis.run((client) => client.del(PREFIX + key));
  }
}
