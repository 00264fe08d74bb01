import type { CacheRedis } from '../cache-redis';
import { RedisScript } from '../redis-script';
import { type BucketDraw, type BucketReply, inflowPerMs, type TokenBuckets } from '../token-buckets';

const DRAW = new RedisScript(`
-- KEYS    one per bucket: a hash of its level and of when that was (ms)
-- ARGV[1] longest wait in ms; then per bucket: capacity, inflow per ms, amount
-- Returns {1 if drawn else 0, ms to wait, position of the bucket that is waited for, from 0, {level of each bucket}}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait, limiting, levels, before = 0, 0, {}, {}
for i, key in ipairs(KEYS) do
  local capacity, inflow, amount = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local bucket = redis.call('HMGET', key, 'level', 'at')
  local level = capacity
  if bucket[1] and bucket[2] then
    level = math.min(capacity, tonumber(bucket[1]) + math.max(0, now - tonumber(bucket[2])) * inflow)
  end
  before[i] = math.floor(level)
  levels[i] = level - math.min(amount, capacity)
  local ms = levels[i] < 0 and math.ceil(-levels[i] / inflow) or 0
  if ms > wait then wait, limiting = ms, i - 1 end
end
if wait > tonumber(ARGV[1]) then return {0, wait, limiting, before} end
for i, key in ipairs(KEYS) do
  local capacity, inflow = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  redis.call('HSET', key, 'level', string.format('%.6f', levels[i]), 'at', string.format('%.0f', now))
  -- A bucket that is full again need not be remembered.
  redis.call('PEXPIRE', key, math.ceil((capacity - levels[i]) / inflow) + 1000)
  levels[i] = math.floor(levels[i])
end
return {1, wait, limiting, levels}
`);

const GIVE_BACK = new RedisScript(`
-- KEYS[1] a bucket
-- ARGV[1] amount
-- Returns 1 if the bucket is remembered, else 0
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBYFLOAT', KEYS[1], 'level', ARGV[1])
return 1
`);

/** Buckets in the caches' Redis, by its clock. */
export class RedisTokenBuckets implements TokenBuckets {
  constructor(private readonly redis: Pick<CacheRedis, 'run'>) {}

  async draw(draws: readonly BucketDraw[], maxWaitMs: number): Promise<BucketReply> {
    const keys = draws.map(({ key }) => key);
    const args = draws.flatMap((draw) => [draw.capacity, inflowPerMs(draw), draw.amount]);
    const reply = await this.redis.run('buckets.draw', (client) =>
      DRAW.run(client, keys, [Math.floor(maxWaitMs), ...args]),
    );
    const [drawn, waitMs, limiting, levels] = reply as [number, number, number, number[]];
    return drawn === 1 ? { drawn: true, waitMs, levels } : { drawn: false, waitMs, levels, limiting };
  }

  async giveBack(key: string, amount: number): Promise<void> {
    await this.redis.run('buckets.give-back', (client) => GIVE_BACK.run(client, [key], [amount]));
  }
}
