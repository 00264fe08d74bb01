import { Injectable, type OnModuleDestroy } from '@nestjs/common';

const INTERVAL_MS = 5000;

/** Keeps gauges current that somebody has to be asked for: every few seconds, and not while Prometheus waits. */
@Injectable()
export class GaugeSchedule implements OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];

  /**
   * Measures at once and then every 5 s, never twice at a time.
   * @param measure sets gauges; while it fails they stay as they are, since what failed is told elsewhere
   */
  keep(measure: () => Promise<void> | void): void {
    let running: Promise<void> | null = null;
    const round = async () => {
      try {
        await measure();
      } catch {
        // `rag_degraded` and the log of who asked tell it.
      }
    };
    const start = () => (running ??= round().finally(() => (running = null)));
    void start();
    this.timers.push(setInterval(() => void start(), INTERVAL_MS).unref());
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }
}
