import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { CacheRedis } from './cache-redis';

/** Provides the caches' {@link CacheRedis}, connected or trying to. */
@Global()
@Module({
  providers: [
    {
      provide: CacheRedis,
      inject: [AppConfig, Metrics],
      useFactory: async (config: AppConfig, metrics: Metrics) => {
        const redis = new CacheRedis(config.redisCache, metrics);
        await redis.start();
        return redis;
      },
    },
  ],
  exports: [CacheRedis],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(CacheRedis) private readonly redis: CacheRedis) {}

  /** After `onModuleDestroy` of all modules, in which caches write what they still hold. */
  onApplicationShutdown(): void {
    this.redis.close();
  }
}
