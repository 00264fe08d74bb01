import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { SavingsTally } from '../usage/savings-tally';

/** Counts what the semantic cache answered and what not: for the metrics, for its statistics and for the books. */
@Injectable()
export class CacheCounts {
  constructor(
    private readonly metrics: Metrics,
    private readonly cache: SemanticCacheService,
    private readonly savings: SavingsTally,
  ) {}

  /** @param model that wrote the answer first */
  hit(
    tenantId: string,
    layer: 'exact' | 'semantic',
    model: string,
    saved: { tokens: number; usd: number },
  ): void {
    this.metrics.cacheHits.inc({ layer });
    this.metrics.tokensSaved.inc({ model }, saved.tokens);
    this.cache.recordHit(tenantId, layer, saved);
    this.savings.add(tenantId, model, saved);
  }

  /** @param reason of a small fixed set */
  missed(tenantId: string, reason: string): void {
    this.metrics.cacheMisses.inc({ reason });
    this.cache.recordMiss(tenantId);
  }
}
