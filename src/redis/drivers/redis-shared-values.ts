import type { CacheRedis } from '../cache-redis';
import { pipelineValues } from '../redis-client';
import { RedisScript } from '../redis-script';
import type { SharedValues } from '../shared-values';

const EXTEND = new RedisScript(`
-- KEYS[1] the value's key
-- ARGV    the expected value, milliseconds to live
-- Returns 1 if it was the value, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

const RELEASE = new RedisScript(`
-- KEYS[1] the value's key
-- ARGV    the expected value
-- Returns 1 if it was the value and was deleted, else 0
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`);

const APPEND = new RedisScript(`
-- KEYS the logs' keys
-- ARGV milliseconds that a new log lives, then for each of KEYS what is added to it
-- Returns nothing
for i, key in ipairs(KEYS) do
  if redis.call('RPUSH', key, ARGV[i + 1]) == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
end
`);

/** Values in the caches' Redis. */
export class RedisSharedValues implements SharedValues {
  constructor(private readonly redis: Pick<CacheRedis, 'run'>) {}

  get(keys: readonly string[]): Promise<(string | null)[]> {
    return this.redis.run('shared.get', (client) => client.mget(...keys));
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.redis.run('shared.set', (client) => client.set(key, value, 'PX', ttlMs));
  }

  async claim(key: string, value: string, ttlMs: number): Promise<boolean> {
    const reply = await this.redis.run('shared.claim', (client) => client.set(key, value, 'PX', ttlMs, 'NX'));
    return reply === 'OK';
  }

  async extend(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (
      1 === (await this.redis.run('shared.extend', (client) => EXTEND.run(client, [key], [value, ttlMs])))
    );
  }

  async release(key: string, value: string): Promise<boolean> {
    return 1 === (await this.redis.run('shared.release', (client) => RELEASE.run(client, [key], [value])));
  }

  async enter(key: string, value: string, ttlMs: number, maxLength: number): Promise<string[]> {
    const replies = await this.redis.run('shared.enter', (client) =>
      client
        .multi()
        .rpush(key, value)
        .ltrim(key, -maxLength, -1)
        .pexpire(key, ttlMs)
        .lrange(key, 0, -2)
        .exec(),
    );
    return pipelineValues(replies)[3] as string[];
  }

  async leave(key: string, value: string): Promise<void> {
    await this.redis.run('shared.leave', (client) => client.lrem(key, 0, value));
  }

  async append(additions: readonly { key: string; bytes: Buffer }[], ttlMs: number): Promise<void> {
    const keys = additions.map(({ key }) => key);
    const args = [ttlMs, ...additions.map(({ bytes }) => bytes)];
    await this.redis.run('shared.append', (client) => APPEND.run(client, keys, args));
  }

  async readLogs(keys: readonly string[]): Promise<Buffer[][]> {
    const replies = await this.redis.run('shared.read', (client) => {
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.lrangeBuffer(key, 0, -1);
      return pipeline.exec();
    });
    return pipelineValues(replies) as Buffer[][];
  }
}
