import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-client';

/** A Lua script, sent once to each server and then called by its hash. */
export class RedisScript {
  private readonly sha1: string;

  /** @param lua its header comment says what KEYS, ARGV and the result are */
  constructor(private readonly lua: string) {
    this.sha1 = createHash('sha1').update(lua).digest('hex');
  }

  /** @param keys all in one slot */
  async run(
    client: RedisClient,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    try {
      return await client.evalsha(this.sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await client.eval(this.lua, keys.length, ...keys, ...args);
    }
  }
}
