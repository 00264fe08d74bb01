import { Global, Module } from '@nestjs/common';
import { PrometheusModule, type PrometheusOptions } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';

/** Provides the registry: each application makes one of its own, so that several live in one process. */
@Module({
  providers: [{ provide: Registry, useFactory: () => new Registry() }],
  exports: [Registry],
})
class RegistryModule {}

/** Metrics, health and request log, for every module. */
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
  providers: [Metrics],
  exports: [Metrics],
})
export class ObservabilityModule {}
