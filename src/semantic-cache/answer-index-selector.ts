import { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock';
import { type AppConfig, ConfigError } from '../config/app-config';
import type { CacheRedis } from '../redis/cache-redis';
import { cacheFailureOf, cacheUnavailable } from '../redis/redis-failure';
import type { AnswerIndex } from './answer-index';
import { MemoryAnswerIndex } from './drivers/memory-answer-index';
import { VectorSetAnswerIndex } from './drivers/vector-set-answer-index';

/**
 * Picks the {@link AnswerIndex} by `SEMANTIC_CACHE_INDEX` and by what the caches' Redis can do. A server that cannot be
 * asked at boot is asked as soon as it answers; one that answers again is asked again, as it may be another.
 */
export class AnswerIndexSelector {
  private readonly logger = new Logger(AnswerIndexSelector.name);
  private readonly memory: MemoryAnswerIndex;
  private readonly vectorSet: VectorSetAnswerIndex;
  private chosen: AnswerIndex | null = null;
  private asking = false;

  constructor(
    private readonly setting: Pick<AppConfig['semanticCache'], 'index' | 'memoryEntries'>,
    private readonly redis: Pick<CacheRedis, 'configured' | 'run' | 'onStateChange'>,
    clock: Clock,
  ) {
    this.memory = new MemoryAnswerIndex(clock, setting.memoryEntries);
    this.vectorSet = new VectorSetAnswerIndex(redis, clock);
  }

  /** Chooses; to be called once, before anything else. @throws ConfigError if the server lacks what is demanded */
  async start(): Promise<void> {
    if (this.setting.index === 'search')
      throw new ConfigError(['SEMANTIC_CACHE_INDEX=search is not built yet; use vector-set or auto']);
    if (this.setting.index === 'memory' || !this.redis.configured) return this.choose(this.memory);
    const capable = await this.hasVectorSets();
    if (this.setting.index === 'vector-set') {
      if (capable === false)
        throw new ConfigError([
          'SEMANTIC_CACHE_INDEX=vector-set needs Redis 8: the server of REDIS_CACHE_URL has no VADD',
        ]);
      return this.choose(this.vectorSet);
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
    void this.hasVectorSets()
      .then((capable) => this.chooseBy(capable))
      .finally(() => (this.asking = false));
  }

  /** Null: it cannot be asked. */
  private async hasVectorSets(): Promise<boolean | null> {
    try {
      const reply = await this.redis.run('answer.detect', (client) => client.call('COMMAND', 'INFO', 'VADD'));
      return Array.isArray(reply) && reply[0] !== null;
    } catch (error) {
      if (cacheFailureOf(error) === null) throw error;
      return null;
    }
  }

  private chooseBy(capable: boolean | null): void {
    if (capable !== null) this.choose(capable ? this.vectorSet : this.memory);
  }

  private choose(index: AnswerIndex): void {
    if (index === this.chosen) return;
    this.chosen = index;
    if (index === this.memory && this.setting.index === 'auto' && this.redis.configured)
      this.logger.warn(
        'The caches’ Redis has no vector sets (Redis 8 has): cached answers stay in the memory of this process.',
      );
    else this.logger.log(`Cached answers are kept in: ${index.kind}.`);
  }
}
