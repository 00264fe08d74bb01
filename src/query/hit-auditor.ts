import { Inject, Injectable, Logger } from '@nestjs/common';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { CollectionStore } from '../corpus/collection-store';
import { Metrics } from '../observability/metrics';
import { SAMPLING, type Sampling } from '../retrieval/recall-sampler';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { Coherence } from './coherence';
import type { QuestionContext } from './question-context';

/**
 * Looks again at a small share of the cached answers, after they were served, one at a time: whether their evidence is
 * still found, at the very epoch at which they were served. `rag_cache_stale_responses_total` counts those that should
 * not have been, and must stay 0.
 */
@Injectable()
export class HitAuditor {
  private readonly logger = new Logger(HitAuditor.name);
  private running: Promise<void> | null = null;

  constructor(
    private readonly coherence: Coherence,
    private readonly collections: CollectionStore,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
    @Inject(SAMPLING) private readonly random: Sampling,
  ) {}

  /** Hands over what is being served. Returns at once and never throws. */
  offer(entry: CacheEntry, context: QuestionContext): void {
    // Without Postgres it was served unverified, as the settings allow.
    if (context.search.epoch === null) return;
    if (this.running || this.random() >= this.config.semanticCache.auditSample) return;
    this.running = this.audit(entry, context)
      .catch((error: unknown) => this.logger.debug(`no audit: ${describeError(error)}`))
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves once no answer is being looked at. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async audit(entry: CacheEntry, context: QuestionContext): Promise<void> {
    const { tenantId, collectionId, epoch } = context.search;
    const found = await this.coherence.retrieveAgain(entry, context);
    const now = await this.collections.epochAndReadablePrincipals(tenantId, context.collection, []);
    // Something changed since it was served, or another collection has the name: what is found now says nothing about then.
    if (found === null || now.epoch !== epoch || now.collectionId !== collectionId) return;
    const hashes = found.passages.map(({ contentHash }) => contentHash);
    // An approximate index may find other passages at the end of the list from one time to the next.
    const isSame =
      entry.evidence.includes(hashes[0]) &&
      entry.citations.every(({ contentHash }) => hashes.includes(contentHash));
    if (isSame) return;
    this.metrics.staleResponses.inc();
    this.logger.error(`a cached answer was served that does not hold (entry ${entry.id}, epoch ${epoch})`);
  }
}
