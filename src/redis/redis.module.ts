import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { GaugeSchedule } from '../observability/gauge-schedule';
import { HealthRegistry } from '../observability/health-registry';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from './cache-redis';
import { AvailableTokenBuckets } from './drivers/available-token-buckets';
import { MemorySharedValues } from './drivers/memory-shared-values';
import { MemoryTokenBuckets } from './drivers/memory-token-buckets';
import { RedisSharedValues } from './drivers/redis-shared-values';
import { RedisTokenBuckets } from './drivers/redis-token-buckets';
import { redisMemoryRatio } from './redis-memory';
import { SHARED_VALUES } from './shared-values';
import { TOKEN_BUCKETS } from './token-buckets';

/** Provides the caches' {@link CacheRedis}, connected or trying to, and what the processes share by it. */
@Global()
@Module({
  providers: [
    {
      provide: CacheRedis,
      inject: [AppConfig, Metrics, HealthRegistry, GaugeSchedule],
      useFactory: async (
        config: AppConfig,
        metrics: Metrics,
        health: HealthRegistry,
        gauges: GaugeSchedule,
      ) => {
        const redis = new CacheRedis(config.redisCache, metrics);
        await redis.start();
        if (redis.configured) {
          health.register({
            name: 'redis_cache',
            critical: false,
            check: () => (redis.degraded ? Promise.reject(new Error(redis.state)) : Promise.resolve()),
          });
          gauges.keep(async () =>
            metrics.redisMemoryRatio.set({ server: 'cache' }, await redis.run('memory', redisMemoryRatio)),
          );
        }
        return redis;
      },
    },
    {
      provide: SHARED_VALUES,
      inject: [CacheRedis, CLOCK],
      useFactory: (redis: CacheRedis, clock: Clock) =>
        redis.configured ? new RedisSharedValues(redis) : new MemorySharedValues(clock),
    },
    {
      provide: TOKEN_BUCKETS,
      inject: [CacheRedis, CLOCK, Metrics],
      useFactory: (redis: CacheRedis, clock: Clock, metrics: Metrics) => {
        const own = new MemoryTokenBuckets(clock);
        const countFallback = () => metrics.rateLimitFallbacks.inc();
        return redis.configured
          ? new AvailableTokenBuckets(new RedisTokenBuckets(redis), own, countFallback)
          : own;
      },
    },
  ],
  exports: [CacheRedis, SHARED_VALUES, TOKEN_BUCKETS],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(CacheRedis) private readonly redis: CacheRedis) {}

  /** After `onModuleDestroy` of all modules, in which caches write what they still hold. */
  onApplicationShutdown(): void {
    this.redis.close();
  }
}
