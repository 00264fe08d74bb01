import { RedisScript } from '../../redis/redis-script';

/** Stores or replaces an entry with everything that finds it. */
export const PUT_ENTRY = new RedisScript(`
-- KEYS[1]   hash of the entry
-- KEYS[2]   vector set of its slot
-- KEYS[3]   sorted set: ids of the slot's entries, by the time they expire
-- KEYS[4]   sorted set: the tenant's slots as collection/slot, by the time their last entry expires
-- KEYS[5..] sorted set for each document: ids of the entries built on it, by the time they expire
-- ARGV      id, now, expires (ms since the epoch), collection/slot, body, epoch, slot, revision,
--           'vector-set' or 'search', hash field of the vector (empty: it goes into the vector set),
--           vector (empty for none)
-- Returns   1
local id, now, expires = ARGV[1], ARGV[2], ARGV[3]
local vectors, field, vector = ARGV[9], ARGV[10], ARGV[11]

local function outlives(key)
  redis.call('PEXPIREAT', key, expires, 'NX')
  redis.call('PEXPIREAT', key, expires, 'GT')
end

-- The first write of a script is the one that a server without memory refuses.
redis.call('HSET', KEYS[1], 'body', ARGV[5], 'epoch', ARGV[6], 'expires', expires, 'slot', ARGV[7],
  'revision', ARGV[8])
redis.call('PEXPIREAT', KEYS[1], expires)
redis.call('ZADD', KEYS[3], expires, id)
outlives(KEYS[3])
redis.call('ZADD', KEYS[4], 'GT', expires, ARGV[4])
outlives(KEYS[4])
for i = 5, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], expires, id)
  outlives(KEYS[i])
end
if vector ~= '' and vectors == 'vector-set' then
  redis.call('VADD', KEYS[2], 'FP32', vector, id)
  outlives(KEYS[2])
elseif vector ~= '' then
  redis.call('HSET', KEYS[1], field, vector)
end
redis.call('HDEL', KEYS[1], 'alias')
-- The vector of the entry that was replaced, if it was of another length.
for _, other in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.find(other, '^float') and other ~= field then redis.call('HDEL', KEYS[1], other) end
end

-- Expired hashes are gone by themselves, their vectors are not. A few at a time keep up with those that come.
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 8)) do
  if vectors == 'vector-set' then redis.call('VREM', KEYS[2], dead) end
  redis.call('ZREM', KEYS[3], dead)
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
return 1
`);

/** Lets an id lead to an entry, unless there is an entry of that id. */
export const PUT_ALIAS = new RedisScript(`
-- KEYS[1] hash of the id
-- ARGV    alias as JSON, milliseconds to live
-- Returns 1, or 0 if there is an entry of that id
if redis.call('HEXISTS', KEYS[1], 'body') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'alias', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`);

/** Moves the epoch of an entry forward, if it still is the one that was read. */
export const ADVANCE_EPOCH = new RedisScript(`
-- KEYS[1] hash of the entry
-- ARGV    now (ms since the epoch), expected revision, expected epoch, next epoch, next body
-- Returns 1 if it was moved, 0 if the entry is gone, expired, another one or at another epoch
local stored = redis.call('HMGET', KEYS[1], 'expires', 'revision', 'epoch')
if not stored[1] or tonumber(stored[1]) <= tonumber(ARGV[1]) then return 0 end
if stored[2] ~= ARGV[2] or stored[3] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[4], 'body', ARGV[5])
return 1
`);

/** Takes entries out of a slot: all that are named, or those of them that are dead. */
export const REMOVE_ENTRIES = new RedisScript(`
-- KEYS[1]   vector set of the slot
-- KEYS[2]   sorted set: ids of the slot's entries
-- KEYS[3..] hashes of the entries
-- ARGV      now (ms since the epoch), slot, 'all' or 'dead', 'vector-set' or 'search', then the id of each entry
-- Returns   how many entries were removed that were still alive
local now, slot, mode, vectors = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local removed = 0
for i = 3, #KEYS do
  local id = ARGV[i + 2]
  local stored = redis.call('HMGET', KEYS[i], 'expires', 'slot')
  local expires = tonumber(stored[1] or '')
  local elsewhere = stored[2] and stored[2] ~= slot
  local alive = expires and expires > now and not elsewhere
  if mode == 'all' or not alive then
    -- An entry that has moved to another slot leaves only its traces here.
    if not elsewhere then redis.call('DEL', KEYS[i]) end
    if vectors == 'vector-set' then redis.call('VREM', KEYS[1], id) end
    redis.call('ZREM', KEYS[2], id)
    if alive then removed = removed + 1 end
  end
end
return removed
`);
