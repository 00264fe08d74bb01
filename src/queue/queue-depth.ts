import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { Metrics } from '../observability/metrics';
import { type IngestStep, STEP_QUEUES } from './ingest-job';
import { IngestQueue, QUEUE_STATES } from './ingest-queue';

const INTERVAL_MS = 5000;

/** Keeps `rag_queue_depth` current. */
@Injectable()
export class QueueDepthGauge implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: IngestQueue,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.refresh(), INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Counts once; while the queue is away, the last counts stay. */
  async refresh(): Promise<void> {
    try {
      for (const step of Object.keys(STEP_QUEUES) as IngestStep[]) {
        const depth = await this.queue.depth(step);
        for (const state of QUEUE_STATES) this.metrics.queueDepth.set({ queue: step, state }, depth[state]);
      }
    } catch (error) {
      // `rag_degraded{dependency="queue"}` tells it.
      if (!(error instanceof AppError)) throw error;
    }
  }
}
