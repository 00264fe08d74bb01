import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { createPostgresBackend, setDefaultBackendFactory } from 'bullmq';
import { AppConfig } from '../config/app-config';
import { GaugeSchedule } from '../observability/gauge-schedule';
import { HealthRegistry } from '../observability/health-registry';
import { Metrics } from '../observability/metrics';
import { STEP_QUEUES } from './ingest-job';
import { IngestQueue } from './ingest-queue';
import { QueueConnection } from './queue-connection';

/** The one connection, a module of its own so that BullMQ's module can import it. */
@Module({})
class QueueConnectionModule {
  static to(databaseUrl: string): DynamicModule {
    return {
      module: QueueConnectionModule,
      providers: [
        {
          provide: QueueConnection,
          inject: [AppConfig, Metrics, HealthRegistry, GaugeSchedule],
          useFactory: (config: AppConfig, metrics: Metrics, health: HealthRegistry, gauges: GaugeSchedule) =>
            new QueueConnection(config, databaseUrl, metrics, health, gauges),
        },
      ],
      exports: [QueueConnection],
    };
  }
}

/** Job queues on Redis or on Postgres. Workers register when `IngestionWorkerModule` is composed too. */
@Global()
@Module({})
export class QueueModule {
  /** @param databaseUrl the database in use; holds the jobs where no queue Redis is configured */
  static on(config: AppConfig, databaseUrl: string): DynamicModule {
    // BullMQ knows one backend per process; without an argument it is Redis.
    setDefaultBackendFactory(config.queue.backend === 'postgres' ? createPostgresBackend : undefined);
    const connection = QueueConnectionModule.to(databaseUrl);
    return {
      module: QueueModule,
      imports: [
        connection,
        BullModule.forRootAsync({
          imports: [connection],
          inject: [QueueConnection],
          useFactory: ({ bullOptions }: QueueConnection) => bullOptions,
          // Workers start once everything else has.
          extraOptions: { manualRegistration: true },
        }),
        BullModule.registerQueue({ name: STEP_QUEUES.chunk }, { name: STEP_QUEUES.embed }),
      ],
      providers: [IngestQueue],
      exports: [IngestQueue, connection],
    };
  }
}
