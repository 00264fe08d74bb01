import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module';
import { ClockModule } from './common/clock';
import type { AppConfig } from './config/app-config';
import { ConfigModule } from './config/config.module';
import { ConsoleModule } from './console/console.module';
import { DatabaseModule } from './database/database.module';
import { IngestionModule } from './ingestion/ingestion.module';
import { IngestionWorkerModule } from './ingestion/ingestion-worker.module';
import { OpenAiApiModule } from './openai-api/openai-api.module';
import { ObservabilityModule } from './observability/observability.module';
import { QueryModule } from './query/query.module';
import { QueueModule } from './queue/queue.module';
import { RedisModule } from './redis/redis.module';
import { UsageModule } from './usage/usage.module';
import { SpaceUpgradeModule, SpaceUpgradeWorkerModule } from './space-upgrade/space-upgrade.module';

/** Composes the modules of a role: `api` answers questions and accepts documents, `worker` ingests them, `all` does both. */
@Module({})
export class AppModule {
  static compose(config: AppConfig, databaseUrl: string): DynamicModule {
    const foundation = [
      ConfigModule.with(config),
      ClockModule,
      ObservabilityModule,
      DatabaseModule.at(databaseUrl),
      RedisModule,
      QueueModule.on(config, databaseUrl),
      AuthModule,
      UsageModule,
    ];
    const api =
      config.role === 'worker'
        ? []
        : [IngestionModule, QueryModule, OpenAiApiModule, SpaceUpgradeModule, ConsoleModule];
    const worker = config.role === 'api' ? [] : [IngestionWorkerModule, SpaceUpgradeWorkerModule];
    return { module: AppModule, imports: [...foundation, ...api, ...worker] };
  }
}
