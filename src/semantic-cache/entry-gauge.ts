import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { every, type Repetition } from '../common/timers';
import { Metrics } from '../observability/metrics';
import { SemanticCacheService } from './semantic-cache.service';

const COUNT_INTERVAL_MS = 15_000;

/** Keeps `rag_cache_entries` up: the entries of all tenants that have asked this process something. */
@Injectable()
export class EntryGauge implements OnModuleInit, OnModuleDestroy {
  private counting?: Repetition;

  constructor(
    private readonly cache: SemanticCacheService,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.counting = every(COUNT_INTERVAL_MS, () => this.count());
  }

  async onModuleDestroy(): Promise<void> {
    await this.counting?.stop();
  }

  /** Counts once; an index that cannot be asked leaves the gauge as it is. */
  async count(): Promise<void> {
    let total = 0;
    for (const tenantId of this.cache.activeTenants) {
      const { entries } = await this.cache.stats(tenantId);
      if (entries === null) return;
      total += entries;
    }
    this.metrics.cacheEntries.set(total);
  }
}
