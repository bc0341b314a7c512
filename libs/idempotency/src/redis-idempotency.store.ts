import { type RedisConnection, RedisScript } from '@frontier/redis';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

const PREFIX = 'frontier:idempotency:';

const UNLESS_OTHERS = `
local known = redis.call('GET', KEYS[1])
if known and cjson.decode(known).owner ~= ARGV[1] then return 0 end
`;

/** ARGV: the owner, the entry, how long it is kept in milliseconds. */
const COMPLETE = new RedisScript(`${UNLESS_OTHERS}
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`);

/** ARGV: the owner. */
const RELEASE = new RedisScript(`${UNLESS_OTHERS}
return redis.call('DEL', KEYS[1])
`);

/** Keys that all processes on one Redis share. Its calls fail when Redis does. */
export class RedisIdempotencyStore implements IdempotencyStore {
  constructor(private readonly redis: RedisConnection) {}

  async claim(key: string, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = await this.redis.run((client) =>
      client.set(PREFIX + key, JSON.stringify(claim), { NX: true, GET: true, PX: ttlMs }),
    );
    return known === null ? undefined : (JSON.parse(known) as IdempotencyEntry);
  }

  async complete(key: string, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    const args = [entry.owner, JSON.stringify(entry), ttlMs];
    await this.redis.run((client) => COMPLETE.run(client, [PREFIX + key], args));
  }

  async release(key: string, owner: string): Promise<void> {
    await this.redis.run((client) => RELEASE.run(client, [PREFIX + key], [owner]));
  }
}
