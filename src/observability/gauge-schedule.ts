import { Injectable, type OnModuleDestroy } from '@nestjs/common';

const INTERVAL_MS = 5000;

/** Measures gauges every few seconds in the background, so that a scrape of Prometheus does not wait for the measurement. */
@Injectable()
export class GaugeSchedule implements OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];

  /**
   * Measures at once and then every 5 s; calls never overlap.
   * @param measure sets the gauges; if it fails they keep their values
   */
  keep(measure: () => Promise<void> | void): void {
    let running: Promise<void> | null = null;
    const round = async () => {
      try {
        await measure();
      } catch {
        // `rag_degraded` and the log of the failing module report it.
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
