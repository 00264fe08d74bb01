import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GaugeSchedule } from '../observability/gauge-schedule';
import { Metrics } from '../observability/metrics';
import { DueVersions } from './due-versions';

/** Where counting what waits ends: an autoscaler that reads it has long reached its maximum. */
const MAX_COUNTED = 100_000;

/** Shows how many documents wait for the dispatcher; processes without workers do too, as those may be gone. */
@Injectable()
export class BacklogGauge implements OnModuleInit {
  constructor(
    private readonly due: DueVersions,
    private readonly metrics: Metrics,
    private readonly schedule: GaugeSchedule,
  ) {}

  onModuleInit(): void {
    const labels = { queue: 'documents', state: 'backlog' } as const;
    this.schedule.keep(async () =>
      this.metrics.queueDepth.set(labels, await this.due.countWaiting(MAX_COUNTED)),
    );
  }
}
