import { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock';
import { type AppConfig, ConfigError } from '../config/app-config';
import type { CacheRedis } from '../redis/cache-redis';
import { databaseOf } from '../redis/redis-client';
import { cacheUnavailable, orWithoutCache } from '../redis/redis-failure';
import type { AnswerIndex } from './answer-index';
import { MemoryAnswerIndex } from './drivers/memory-answer-index';
import { RedisAnswerIndex } from './drivers/redis-answer-index';
import { SearchVectors } from './drivers/search-vectors';
import { VectorSetVectors } from './drivers/vector-set-vectors';

type Setting = Pick<AppConfig['semanticCache'], 'index' | 'memoryEntries' | 'hnsw'>;

/** What the server can do, best first. */
const CAPABILITIES = [
  { kind: 'search', command: 'FT.SEARCH', needed: 'RediSearch (Redis 8 images, Redis Stack) and database 0' },
  { kind: 'vector-set', command: 'VADD', needed: 'Redis 8' },
] as const;
type Capability = (typeof CAPABILITIES)[number]['kind'];

/**
 * Picks the {@link AnswerIndex} by `SEMANTIC_CACHE_INDEX` and by what the caches' Redis can do. A server that cannot be
 * asked at boot is asked as soon as it answers; one that answers again is asked again, as it may be another.
 */
export class AnswerIndexSelector {
  private readonly logger = new Logger(AnswerIndexSelector.name);
  private readonly indexes: Record<AnswerIndex['kind'], AnswerIndex>;
  private chosen: AnswerIndex | null = null;
  private asking = false;

  constructor(
    private readonly setting: Setting,
    private readonly redis: Pick<CacheRedis, 'configured' | 'run' | 'onStateChange'>,
    clock: Clock,
  ) {
    this.indexes = {
      memory: new MemoryAnswerIndex(clock, setting.memoryEntries),
      'vector-set': new RedisAnswerIndex(redis, new VectorSetVectors(redis), clock),
      search: new RedisAnswerIndex(redis, new SearchVectors(redis, setting.hnsw), clock),
    };
  }

  /** Chooses; to be called once, before anything else. @throws ConfigError if the server lacks what is demanded */
  async start(): Promise<void> {
    const { index } = this.setting;
    if (index === 'memory' || !this.redis.configured) return this.choose('memory');
    const capable = await this.ask();
    if (index !== 'auto') {
      const { command, needed } = CAPABILITIES.find(({ kind }) => kind === index)!;
      if (capable !== null && !capable.includes(index))
        throw new ConfigError([
          `SEMANTIC_CACHE_INDEX=${index} needs ${needed}: the server of REDIS_CACHE_URL has no ${command} there`,
        ]);
      return this.choose(index);
    }
    this.chooseBy(capable);
    this.redis.onStateChange((state) => {
      if (state === 'up') this.askAgain();
    });
  }

  /** The index to use now. @throws AppError CACHE_UNAVAILABLE while nobody knows what the server can do */
  current(): AnswerIndex {
    if (this.chosen) return this.chosen;
    // The server may have been too slow for the one question when it came up; while it is down this costs nothing.
    if (!this.asking) this.askAgain();
    throw cacheUnavailable('answer.index', 'unavailable');
  }

  private askAgain(): void {
    this.asking = true;
    void this.ask()
      .then((capable) => this.chooseBy(capable))
      .finally(() => (this.asking = false));
  }

  /** Best first; null: the server cannot be asked. */
  private async ask(): Promise<Capability[] | null> {
    return orWithoutCache<Capability[] | null>(null, async () => {
      const commands = CAPABILITIES.map(({ command }) => command);
      const [replies, database] = await this.redis.run('answer.detect', async (client) => [
        (await client.call('COMMAND', 'INFO', ...commands)) as unknown[],
        databaseOf(client),
      ]);
      const known = CAPABILITIES.filter((_, i) => replies[i] !== null).map(({ kind }) => kind);
      // Its indexes see database 0 alone.
      return known.filter((kind) => kind !== 'search' || database === 0);
    });
  }

  private chooseBy(capable: Capability[] | null): void {
    if (capable !== null) this.choose(capable[0] ?? 'memory');
  }

  private choose(kind: AnswerIndex['kind']): void {
    const index = this.indexes[kind];
    if (index === this.chosen) return;
    this.chosen = index;
    if (kind === 'memory' && this.setting.index === 'auto' && this.redis.configured)
      this.logger.warn(
        'The caches’ Redis has neither RediSearch nor vector sets (Redis 8 has): cached answers stay in the memory of this process.',
      );
    else this.logger.log(`Cached answers are kept in: ${kind}.`);
  }
}
