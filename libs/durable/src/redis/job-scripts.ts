export const PREFIX = 'frontier:jobs:';

/**
 * The jobs and bytes of an owner are counted in `held:<owner>` by the same scripts that change jobs. A job that an older version of this server
 * kept has no field `bytes`, and counts from its next change on.
 */
const COUNT = `
local P = '${PREFIX}'
local function isOpen(status) return (status == 'queued' or status == 'running') and 1 or 0 end
local function count(owner, open, bytes)
  local key = P .. 'held:' .. owner
  redis.call('HINCRBY', key, 'open', open)
  if redis.call('HINCRBY', key, 'bytes', bytes) <= 0 then redis.call('DEL', key) end
end
local function uncount(id, owner)
  local had = redis.call('HMGET', P .. 'job:' .. id, 'bytes', 'status')
  if had[1] then count(owner, 0 - isOpen(had[2]), 0 - tonumber(had[1])) end
end`;

/**
 * The parts of attachments are fields `<kind>:<index>` of a job, so that they go with it, whoever removes it. Bytes of those from an argument
 * on; keeps them.
 */
const ATTACH = `
local function attached(from)
  local bytes = 0
  for i = from, #ARGV do bytes = bytes + #ARGV[i] end
  return bytes
end
local function attach(job, kind, from)
  for i = from, #ARGV do redis.call('HSET', job, kind .. ':' .. (i - from), ARGV[i]) end
end`;

/**
 * ARGV: document, event, id, created at, owner, entry, priority, status, the owner's limits of open jobs and bytes or '', parts of the
 * attachment `input`.
 */
export const INSERT = `${COUNT}${ATTACH}
local document, event, id, createdAt, owner, entry, priority, status = unpack(ARGV, 1, 8)
local job = P .. 'job:' .. id
local more = attached(11)
if redis.call('EXISTS', job) == 1 then return 'known' end
if ARGV[9] ~= '' then
  local held = redis.call('HMGET', P .. 'held:' .. owner, 'open', 'bytes')
  if tonumber(held[1] or 0) >= tonumber(ARGV[9]) then return 'open' end
  if tonumber(held[2] or 0) + #document + more > tonumber(ARGV[10]) then return 'bytes' end
end
redis.call('HSET', job, 'version', 0, 'document', document, 'owner', owner, 'entry', entry, 'priority', priority,
  'status', status, 'cancelling', '0', 'bytes', #document + more, 'attached', more)
attach(job, 'input', 11)
redis.call('RPUSH', P .. 'events:' .. id, event)
redis.call('ZADD', P .. 'of:' .. owner, createdAt, id)
redis.call('SADD', P .. 'open', id)
count(owner, isOpen(status), #document + more)
return 'accepted'`;

/**
 * ARGV: version, document, event or '', id, created at, finished at or '', owner, entry, priority, status, cancelling, the owner's limit of
 * bytes or '', parts of the attachment `output`.
 */
export const UPDATE = `${COUNT}${ATTACH}
local version, document, event, id, createdAt, finishedAt, owner, entry, priority, status, cancelling = unpack(ARGV, 1, 11)
local job = P .. 'job:' .. id
if redis.call('HGET', job, 'version') ~= version then return 'stale' end
local more = attached(13)
if more > 0 and ARGV[12] ~= '' then
  if tonumber(redis.call('HGET', P .. 'held:' .. owner, 'bytes') or 0) + more > tonumber(ARGV[12]) then return 'bytes' end
end
local bytes = #document + more + tonumber(redis.call('HGET', job, 'attached') or 0)
uncount(id, owner)
count(owner, isOpen(status), bytes)
redis.call('HSET', job, 'document', document, 'owner', owner, 'entry', entry, 'priority', priority, 'status', status,
  'cancelling', cancelling, 'bytes', bytes)
redis.call('HINCRBY', job, 'attached', more)
attach(job, 'output', 13)
redis.call('HINCRBY', job, 'version', 1)
if event ~= '' then redis.call('RPUSH', P .. 'events:' .. id, event) end
if finishedAt == '' then
  redis.call('SADD', P .. 'open', id)
  redis.call('ZREM', P .. 'finished', id)
else
  redis.call('SREM', P .. 'open', id)
  redis.call('ZADD', P .. 'finished', finishedAt, id)
end
if status == 'failed' then redis.call('ZADD', P .. 'failed', createdAt, id) else redis.call('ZREM', P .. 'failed', id) end
return 'updated'`;

const FORGET = `
local function forget(id, owner)
  uncount(id, owner)
  redis.call('DEL', P .. 'job:' .. id, P .. 'events:' .. id)
  redis.call('ZREM', P .. 'of:' .. owner, id)
  redis.call('ZREM', P .. 'finished', id)
  redis.call('ZREM', P .. 'failed', id)
  redis.call('SREM', P .. 'open', id)
end`;

/** ARGV: id, owner. */
export const REMOVE = `${COUNT}${FORGET}
forget(ARGV[1], ARGV[2])
return 1`;

/** ARGV: id, owner, document. */
export const REMOVE_NEW = `${COUNT}${FORGET}
if redis.call('HGET', P .. 'job:' .. ARGV[1], 'document') ~= ARGV[3] then return 0 end
forget(ARGV[1], ARGV[2])
return 1`;

/** Sets a job aside that cannot be read; it is kept until it is forgotten. ARGV: id, now. */
export const SET_ASIDE = `${COUNT}
local job = P .. 'job:' .. ARGV[1]
local had = redis.call('HMGET', job, 'owner', 'status', 'bytes')
if had[1] and had[3] then count(had[1], 0 - isOpen(had[2]), 0) end
redis.call('HSET', job, 'status', 'damaged')
redis.call('SREM', P .. 'open', ARGV[1])
redis.call('ZREM', P .. 'failed', ARGV[1])
redis.call('ZADD', P .. 'finished', ARGV[2], ARGV[1])
return 1`;

/** KEYS: message, messages, bytes. ARGV: text, id, received at, most bytes, prefix of messages. The oldest make room. */
export const KEEP_MESSAGE = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
local bytes = redis.call('INCRBY', KEYS[3], #ARGV[1])
while bytes > tonumber(ARGV[4]) do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 9)
  if #oldest == 0 then break end
  for _, id in ipairs(oldest) do
    bytes = redis.call('DECRBY', KEYS[3], redis.call('STRLEN', ARGV[5] .. id))
    redis.call('DEL', ARGV[5] .. id)
    redis.call('ZREM', KEYS[2], id)
  end
end
return 1`;
