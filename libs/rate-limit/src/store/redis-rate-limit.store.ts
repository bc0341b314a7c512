import { randomUUID } from 'node:crypto';
import { type RedisConnection, RedisScript } from '@frontier/redis';
import type { RateLimitStore, Reservation, Window } from './rate-limit-store.js';
import type { WindowState } from './sliding-window.js';

const PREFIX = 'frontier:rate-limit:';

/** Microseconds of the server's clock, which all processes share. */
const NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
`;

/** KEYS: a list of the times of hits, oldest last. ARGV: limit, window in microseconds. */
const HIT = new RedisScript(`${NOW}
local key, limit, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', key, -1)
while oldest and tonumber(oldest) <= now - window do
  redis.call('RPOP', key)
  oldest = redis.call('LINDEX', key, -1)
end
local used = redis.call('LLEN', key)
if used >= limit then
  local blocking = redis.call('LINDEX', key, limit - 1)
  local newest = redis.call('LINDEX', key, 0)
  return {0, used, tonumber(blocking) + window - now, tonumber(newest) + window - now}
end
redis.call('LPUSH', key, string.format('%.0f', now))
redis.call('PEXPIRE', key, math.ceil(window / 1000))
return {1, used + 1, (oldest and tonumber(oldest) or now) + window - now, window}
`);

/**
 * KEYS: a sorted set of reservations by time, a hash of their amounts and, as 'taken', of the sum.
 * ARGV: limit, window in microseconds, amount, the reservation's id.
 */
const RESERVE = new RedisScript(`${NOW}
local times, amounts = KEYS[1], KEYS[2]
local limit, window, amount, id = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
for _, old in ipairs(redis.call('ZRANGEBYSCORE', times, '-inf', now - window)) do
  -- Not a negation: Lua has -0, which Redis takes for no integer.
  redis.call('HINCRBY', amounts, 'taken', 0 - tonumber(redis.call('HGET', amounts, old) or 0))
  redis.call('HDEL', amounts, old)
  redis.call('ZREM', times, old)
end
if redis.call('EXISTS', times) == 0 then redis.call('DEL', amounts) end
local taken = tonumber(redis.call('HGET', amounts, 'taken') or 0)
if taken + amount > limit then
  local left, wait, at = taken + amount - limit, -1, 0
  while wait < 0 do
    local entry = redis.call('ZRANGE', times, at, at, 'WITHSCORES')
    if #entry == 0 then break end
    left = left - tonumber(redis.call('HGET', amounts, entry[1]) or 0)
    if left <= 0 then wait = tonumber(entry[2]) + window - now end
    at = at + 1
  end
  local newest = redis.call('ZRANGE', times, -1, -1, 'WITHSCORES')
  return {0, taken, wait, newest[2] and tonumber(newest[2]) + window - now or 0}
end
redis.call('ZADD', times, now, id)
redis.call('HSET', amounts, id, amount)
taken = redis.call('HINCRBY', amounts, 'taken', amount)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, math.ceil(window / 1000)) end
local oldest = redis.call('ZRANGE', times, 0, 0, 'WITHSCORES')
return {1, taken, tonumber(oldest[2]) + window - now, window}
`);

/** KEYS: as above. ARGV: the reservation's id, its real amount. An amount that has left the window is not corrected. */
const SETTLE = new RedisScript(`
local reserved = redis.call('HGET', KEYS[2], ARGV[1])
if not reserved then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return redis.call('HINCRBY', KEYS[2], 'taken', tonumber(ARGV[2]) - tonumber(reserved))
`);

/** Windows that all processes on one Redis share. Its calls fail when Redis does. */
export class RedisRateLimitStore implements RateLimitStore {
  constructor(private readonly redis: RedisConnection) {}

  async hit(window: Window): Promise<WindowState> {
    const { key, limit, windowMs } = window;
    const keys = [`${PREFIX}${key}`];
    return toState(window, await this.redis.run((client) => HIT.run(client, keys, [limit, windowMs * 1000])));
  }

  async reserve(window: Window, amount: number): Promise<Reservation> {
    const { key, limit, windowMs } = window;
    // Braces keep both on one node of a cluster.
    const keys = [`${PREFIX}{${key}}:times`, `${PREFIX}{${key}}:amounts`];
    const id = randomUUID();
    const args = [limit, windowMs * 1000, amount, id];
    const state = toState(window, await this.redis.run((client) => RESERVE.run(client, keys, args)));
    return {
      state,
      settle: (needed) => {
        // Where Redis is gone, so is the reservation; the window forgets it in any case.
        this.redis.run((client) => SETTLE.run(client, keys, [id, needed])).catch(() => {});
      },
    };
  }
}

function toState({ limit, windowMs }: Window, reply: unknown): WindowState {
  const [allowed, used, nextUs, resetUs] = reply as [number, number, number, number];
  return {
    allowed: allowed === 1,
    limit,
    windowMs,
    remaining: Math.max(0, limit - used),
    nextMs: nextUs < 0 ? Infinity : nextUs / 1000,
    resetMs: resetUs / 1000,
  };
}
