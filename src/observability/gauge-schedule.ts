import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { every, type Repetition } from '../common/timers';

const INTERVAL_MS = 5000;

/** Measures gauges every few seconds in the background, so that a scrape of Prometheus does not wait for the measurement. */
@Injectable()
export class GaugeSchedule implements OnModuleDestroy {
  private readonly schedules: Repetition[] = [];

  /**
   * Measures at once and then every 5 s; calls never overlap.
   * @param measure sets the gauges; if it fails they keep their values
   */
  keep(measure: () => Promise<void> | void): void {
    const round = async () => {
      try {
        await measure();
      } catch {
        // `rag_degraded` and the log of the failing module report it.
      }
    };
    this.schedules.push(every(INTERVAL_MS, round, { beginAtOnce: true }));
  }

  onModuleDestroy(): void {
    // Not waited for: what is asked may not answer.
    for (const schedule of this.schedules) void schedule.stop();
  }
}
