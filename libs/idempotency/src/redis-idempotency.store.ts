import { type RedisConnection, RedisScript, RedisSharedEntries } from '@frontier/redis';
import type { OwnedKey } from '@frontier/resilience';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

const PREFIX = 'frontier:idempotency:';

/** Lua that ends where the key of `KEYS[1]` is held by another owner than the one that `owner` names. */
const unlessOthers = (owner: string): string => `
local known = redis.call('GET', KEYS[1])
if known and cjson.decode(known).owner ~= ${owner} then return 0 end
`;

/** ARGV: the owner. */
const RELEASE = new RedisScript(`${unlessOthers('ARGV[1]')}
return redis.call('DEL', KEYS[1])
`);

/** Keys that all processes on one Redis share. Its calls fail when Redis does. Claims take no room that callers share. */
export class RedisIdempotencyStore implements IdempotencyStore {
  private readonly responses: RedisSharedEntries;

  constructor(
    private readonly redis: RedisConnection,
    maxBytes: number,
  ) {
    this.responses = new RedisSharedEntries({ prefix: PREFIX, maxBytes, guard: unlessOthers('ARGV[8]') });
  }

  async claim(key: OwnedKey, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = await this.redis.run((client) =>
      client.set(this.responses.keyOf(key), JSON.stringify(claim), { NX: true, GET: true, PX: ttlMs }),
    );
    return known === null ? undefined : (JSON.parse(known) as IdempotencyEntry);
  }

  async complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    await this.redis.run((client) =>
      this.responses.set(client, key, JSON.stringify(entry), { ttlMs, guardArguments: [entry.owner] }),
    );
  }

  async release(key: OwnedKey, owner: string): Promise<void> {
    await this.redis.run((client) => RELEASE.run(client, [this.responses.keyOf(key)], [owner]));
  }
}
