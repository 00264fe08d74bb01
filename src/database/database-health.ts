import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { HealthRegistry } from '../observability/health-registry';
import { Metrics } from '../observability/metrics';

/** Reports to readiness probes and metrics whether Postgres answers; without it no question can be answered. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.health.register({ name: 'database', critical: true, timeoutMs: 2000, check: () => this.check() });
  }

  private async check(): Promise<void> {
    try {
      await this.dataSource.query('SELECT 1');
      this.metrics.degraded.set({ dependency: 'database' }, 0);
    } catch (error) {
      this.metrics.degraded.set({ dependency: 'database' }, 1);
      throw error;
    }
  }
}
