import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { DueVersions } from '../corpus/due-versions';

/** How long a count is believed; what this process accepts meanwhile is added. */
const MAX_AGE_MS = 1000;
const MAX_TENANTS = 10_000;
/** Documents of one request that the workers get at once; more wait for the dispatcher. */
const MAX_AT_ONCE = 50;
/** Documents of a tenant that the workers may have when more are to go to them at once. */
const MAX_DISPATCHED = 200;
const RETRY_AFTER_SECONDS = 5;
/** Share of the limit that uploads of any length may fill: the rest is for who sends a few documents meanwhile. */
const BULK_SHARE = 0.9;
/** While too many are on their way an upload looks again so often, and gives up after so many times. */
const PAUSE_MS = 500;
const MAX_PAUSES = 600;

/** How many documents of a tenant are on their way, and whether more may come. */
@Injectable()
export class IngestBackpressure {
  private readonly counts = new LRUCache<string, { count: number; readAtMs: number }>({ max: MAX_TENANTS });

  constructor(
    private readonly due: DueVersions,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError `QUEUE_FULL` if the tenant has as many on their way as are allowed; `DATABASE_UNAVAILABLE` */
  async check(tenantId: string): Promise<void> {
    const { maxQueuedDocuments: limit } = this.config.ingestion;
    if ((await this.underWay(tenantId)) >= limit) throw queueFull(limit);
  }

  /** Whether documents may go to the workers at once; else they wait for the dispatcher. */
  async allowsDispatch(tenantId: string, documents: number): Promise<boolean> {
    if (documents > MAX_AT_ONCE) return false;
    return (await this.due.countDispatched(tenantId, MAX_DISPATCHED)) < MAX_DISPATCHED;
  }

  /**
   * Waits until an upload may bring so many more.
   * @throws AppError `QUEUE_FULL` if that takes too long; `DATABASE_UNAVAILABLE`
   */
  async untilRoomForBulk(tenantId: string, documents: number): Promise<void> {
    for (let pauses = 0; !(await this.hasRoomForBulk(tenantId, documents)); pauses++) {
      if (pauses === MAX_PAUSES) throw queueFull(this.config.ingestion.maxQueuedDocuments);
      await sleep(PAUSE_MS);
    }
  }

  private async hasRoomForBulk(tenantId: string, documents: number): Promise<boolean> {
    const { maxQueuedDocuments: limit } = this.config.ingestion;
    const underWay = await this.underWay(tenantId);
    // A batch that is more than the share goes in where nothing else is.
    return underWay === 0 || underWay + documents <= limit * BULK_SHARE;
  }

  /** Notes that documents were accepted. */
  added(tenantId: string, documents: number): void {
    const known = this.counts.get(tenantId);
    if (known) known.count += documents;
  }

  private async underWay(tenantId: string): Promise<number> {
    const nowMs = this.clock.nowMs();
    let known = this.counts.get(tenantId);
    if (!known || !isYounger(known.readAtMs, nowMs, MAX_AGE_MS)) {
      const count = await this.due.countUnfinished(tenantId, this.config.ingestion.maxQueuedDocuments);
      this.counts.set(tenantId, (known = { count, readAtMs: nowMs }));
    }
    return known.count;
  }
}

function queueFull(limit: number): AppError {
  return new AppError(
    'QUEUE_FULL',
    `${limit} documents are on their way, as many as are allowed; send more when some of them are searchable.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS, details: { limit } },
  );
}
