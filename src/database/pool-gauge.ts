import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { GaugeSchedule } from '../observability/gauge-schedule';
import { Metrics } from '../observability/metrics';
import { poolOf } from './data-source';

/** Shows how many connections to the primary work, are free, and how many statements wait for one. */
@Injectable()
export class PoolGauge implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
    private readonly schedule: GaugeSchedule,
  ) {}

  onModuleInit(): void {
    this.schedule.keep(() => {
      const { totalCount, idleCount, waitingCount } = poolOf(this.dataSource);
      const { databaseConnections } = this.metrics;
      databaseConnections.set({ state: 'active' }, totalCount - idleCount);
      databaseConnections.set({ state: 'idle' }, idleCount);
      databaseConnections.set({ state: 'waiting' }, waitingCount);
    });
  }
}
