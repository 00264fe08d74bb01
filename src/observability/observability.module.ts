import { Global, Module } from '@nestjs/common';
import { PrometheusModule, type PrometheusOptions } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { GaugeSchedule } from './gauge-schedule';
import { HealthController } from './health.controller';
import { HealthRegistry } from './health-registry';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RequestLog } from './request-log';

/** Provides one registry per application, so that several applications can run in one process. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new Registry() }],
  exports: [Registry],
})
class RegistryModule {}

/** Metrics, health checks and request log, for every module. */
@Global()
@Module({
  imports: [
    RegistryModule,
    PrometheusModule.registerAsync({
      imports: [RegistryModule],
      inject: [Registry],
      controller: MetricsController,
      useFactory: (registry: unknown): PrometheusOptions => ({
        controller: MetricsController,
        defaultMetrics: { enabled: true, config: { register: registry as Registry } },
      }),
    }),
  ],
  controllers: [HealthController],
  providers: [Metrics, HealthRegistry, GaugeSchedule, RequestLog],
  exports: [Metrics, HealthRegistry, GaugeSchedule],
})
export class ObservabilityModule {}
