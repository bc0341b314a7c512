import { hash } from 'node:crypto';
import type { OwnedKey } from '@frontier/resilience';
import type { RedisClient } from './redis-connection.js';
import { RedisScript } from './redis-script.js';

/** Bytes of an entry beside its value, about: its key, and its places in the indexes. */
const ENTRY_BYTES = 512;

/**
 * KEYS: of the value, of who holds how much, of when the last entry of each caller expires.
 * ARGV: the prefix of all keys; the caller, the key, the value, how long it is kept in milliseconds, the capacity, the size;
 * then those of the guard. Returns 1, or 0 where there was no room: then the key has no value.
 *
 * Of each caller there are its keys by when they expire, and their sizes. In `held` is the sum of all under the name `=`: so it is lost
 * together with its parts, should Redis evict it. Whatever it evicts, or expires unseen, is only counted for too long.
 */
const SET = `
local prefix, caller, key, value = ARGV[1], ':' .. ARGV[2], ARGV[3], ARGV[4]
local ttl, capacity, size = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local held, lasts = KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function expiriesOf(who) return prefix .. 'expiries' .. who end
local function sizesOf(who) return prefix .. 'sizes' .. who end
local function usedBy(who) return tonumber(redis.call('ZSCORE', held, who) or 0) end
local function add(who, amount)
  for _, name in ipairs({ who, '=' }) do
    if tonumber(redis.call('ZINCRBY', held, amount, name)) <= 0 then redis.call('ZREM', held, name) end
  end
end
local function forget(who, names, sizes)
  local freed = 0
  for _, bytes in ipairs(sizes) do freed = freed + tonumber(bytes or 0) end
  redis.call('ZREM', expiriesOf(who), unpack(names))
  redis.call('HDEL', sizesOf(who), unpack(names))
  add(who, -math.min(freed, usedBy(who)))
end
local function forgetAll(who)
  redis.call('UNLINK', expiriesOf(who), sizesOf(who))
  redis.call('ZREM', lasts, who)
  add(who, -usedBy(who))
end

for _, who in ipairs(redis.call('ZRANGEBYSCORE', lasts, '-inf', now, 'LIMIT', 0, 100)) do forgetAll(who) end
local gone = redis.call('ZRANGEBYSCORE', expiriesOf(caller), '-inf', now, 'LIMIT', 0, 100)
gone[#gone + 1] = key
forget(caller, gone, redis.call('HMGET', sizesOf(caller), unpack(gone)))

local function shareOf(who)
  return capacity / (math.max(redis.call('ZCARD', held) - 1, 0) + (usedBy(who) == 0 and 1 or 0))
end
local function refuse()
  redis.call('UNLINK', KEYS[1])
  return 0
end

-- All that the caller holds would not be enough.
if size > shareOf(caller) and usedBy('=') - usedBy(caller) + size > capacity then return refuse() end
while usedBy('=') + size > capacity do
  local own, share = usedBy(caller), shareOf(caller)
  local victim, needed = caller, usedBy('=') + size - capacity
  if own + size > share then
    needed = math.min(needed, own + size - share)
  else
    local most = redis.call('ZREVRANGE', held, 0, 1)
    victim = most[1] == '=' and most[2] or most[1]
    needed = math.min(needed, usedBy(victim) - share)
  end
  local names = redis.call('ZRANGEBYSCORE', expiriesOf(victim), '-inf', '+inf', 'LIMIT', 0, 100)
  if names[1] then
    local sizes, count, freed = redis.call('HMGET', sizesOf(victim), unpack(names)), 0, 0
    repeat
      count = count + 1
      freed = freed + tonumber(sizes[count] or 0)
    until freed >= needed or count == #names
    names, sizes = { unpack(names, 1, count) }, { unpack(sizes, 1, count) }
    local values = {}
    for i, name in ipairs(names) do
      -- The value of a key that has expired may be a new one, which is not counted yet.
      if tonumber(redis.call('ZSCORE', expiriesOf(victim), name)) > now then values[#values + 1] = prefix .. name end
    end
    if values[1] then redis.call('UNLINK', unpack(values)) end
    forget(victim, names, sizes)
  elseif usedBy(victim) > 0 then
    forgetAll(victim)
  else
    return refuse()
  end
end

redis.call('SET', KEYS[1], value, 'PX', ttl)
redis.call('ZADD', expiriesOf(caller), now + ttl, key)
redis.call('HSET', sizesOf(caller), key, size)
redis.call('ZADD', lasts, 'GT', now + ttl, caller)
add(caller, size)
for _, index in ipairs({ expiriesOf(caller), sizesOf(caller), held, lasts }) do
  redis.call('PEXPIRE', index, ttl, 'NX')
  redis.call('PEXPIRE', index, ttl, 'GT')
end
return 1
`;

/** Options of {@link RedisSharedEntries}. */
export interface RedisSharedEntriesOptions {
  /** Prefix of the keys of all entries, and of their indexes. */
  prefix: string;
  /** Bytes of all entries together, about. */
  maxBytes: number;
  /** Lua that returns early where a value must not be set; its arguments begin at `ARGV[8]`. */
  guard?: string;
}

/**
 * Values in Redis of callers that share a capacity, as `SharedEntries` of @frontier/resilience shares it; each setting is one atomic
 * step. The first entry of a caller that makes room is the one that expires first.
 */
export class RedisSharedEntries {
  private readonly script: RedisScript;

  constructor(private readonly options: RedisSharedEntriesOptions) {
    this.script = new RedisScript((options.guard ?? '') + SET);
  }

  /** The Redis key of a value: a digest, which does not reveal the caller's key. */
  keyOf(key: OwnedKey): string {
    return this.options.prefix + digestOf(key);
  }

  /**
   * @param guardArguments of the guard
   * @returns whether it was set; if there was no room for it, the key has no value
   */
  async set(
    client: RedisClient,
    key: OwnedKey,
    value: string,
    { ttlMs, guardArguments = [] }: { ttlMs: number; guardArguments?: string[] },
  ): Promise<boolean> {
    const { prefix, maxBytes } = this.options;
    const keys = [this.keyOf(key), `${prefix}held`, `${prefix}lasts`];
    const size = ENTRY_BYTES + Buffer.byteLength(value);
    const args = [prefix, key.caller, digestOf(key), value, ttlMs, maxBytes, size, ...guardArguments];
    return (await this.script.run(client, keys, args)) === 1;
  }
}

function digestOf({ caller, key }: OwnedKey): string {
  return hash('sha256', JSON.stringify([caller, key]));
}
