import { Module } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { CacheRedis } from '../redis/cache-redis';
import { RedisModule } from '../redis/redis.module';
import { AnswerFeedback } from './answer-feedback';
import { AnswerFlights } from './answer-flights';
import { AnswerIndexSelector } from './answer-index-selector';
import { AnswerMigration } from './answer-migration';
import { EntryGauge } from './entry-gauge';
import { InvalidationStream } from './invalidation-stream';
import { MatchJudgements } from './match-judgements';
import { MatchLearning } from './match-learning';
import { SemanticCacheService } from './semantic-cache.service';

/** Provides the {@link SemanticCacheService} on the index that configuration and server allow. */
@Module({
  imports: [RedisModule],
  providers: [
    {
      provide: AnswerIndexSelector,
      inject: [AppConfig, CacheRedis, CLOCK],
      useFactory: async (config: AppConfig, redis: CacheRedis, clock: Clock) => {
        const selector = new AnswerIndexSelector(config.semanticCache, redis, clock);
        await selector.start();
        return selector;
      },
    },
    SemanticCacheService,
    EntryGauge,
    InvalidationStream,
    AnswerFlights,
    AnswerFeedback,
    AnswerMigration,
    MatchJudgements,
    MatchLearning,
  ],
  exports: [
    SemanticCacheService,
    AnswerMigration,
    InvalidationStream,
    AnswerFlights,
    AnswerFeedback,
    MatchLearning,
  ],
})
export class SemanticCacheModule {}
