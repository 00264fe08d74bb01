import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { every, type Repetition } from '../common/timers';

const INTERVAL_MS = 5000;

/** Keeps gauges current that somebody has to be asked for: every few seconds, and not while Prometheus waits. */
@Injectable()
export class GaugeSchedule implements OnModuleDestroy {
  private readonly schedules: Repetition[] = [];

  /**
   * Measures at once and then every 5 s, never twice at a time.
   * @param measure sets gauges; while it fails they stay as they are, since what failed is told elsewhere
   */
  keep(measure: () => Promise<void> | void): void {
    const round = async () => {
      try {
        await measure();
      } catch {
        // `rag_degraded` and the log of who asked tell it.
      }
    };
    this.schedules.push(every(INTERVAL_MS, round, { beginAtOnce: true }));
  }

  onModuleDestroy(): void {
    // Not waited for: what is asked may not answer.
    for (const schedule of this.schedules) void schedule.stop();
  }
}
