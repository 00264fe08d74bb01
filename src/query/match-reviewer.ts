import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { describeError } from '../common/error-description';
import { AppConfig } from '../config/app-config';
import { type Judgement, QuestionJudge } from '../generation/question-judge';
import { Metrics } from '../observability/metrics';
import { SAMPLING, type Sampling } from '../retrieval/recall-sampler';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import { MatchLearning } from '../semantic-cache/match-learning';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { areKeptApart, beliefOf } from '../semantic-cache/verifier/calibration';
import type { QuestionContext } from './question-context';

/** A question and a stored answer that was served for it, or nearly. */
export interface MatchReview {
  context: QuestionContext;
  entry: CacheEntry;
  /** Cosine similarity of both questions, and the probability that the answer is right. */
  similarity: number;
  certainty: number;
  /** The verifier's log-odds; null where it decided without evidence. */
  logit: number | null;
  /** Log-odds from which on the answer would have been served; null where it was. */
  cut: number | null;
  wasServed: boolean;
}

/** Share of the judgements that goes to served answers at most: the estimate of the wrong ones rests on them. */
export const SERVED_PART = 0.2;
/** Share of the pairs that is judged twice, from which the judge's own errors are known. */
const REPEATED_PART = 0.05;
/** Beyond it pairs are dropped: the model cannot keep up. */
const MAX_WAITING = 100;
/** Judgements that a quiet time can save up for a busy one. */
const MAX_CREDIT = 20;

/**
 * Has a language model judge some pairs of questions after they were answered, one at a time: doubtful ones, so that the
 * next asker is served or surely not, and some of those that were served, so that the share of wrong ones is known.
 */
@Injectable()
export class MatchReviewer implements OnModuleDestroy {
  private readonly logger = new Logger(MatchReviewer.name);
  private readonly waiting: MatchReview[] = [];
  private running: Promise<void> | null = null;
  /** Judgements that may be asked for now. */
  private readonly credit = { served: 0, doubtful: 0 };

  constructor(
    private readonly judge: QuestionJudge,
    private readonly learning: MatchLearning,
    private readonly cache: SemanticCacheService,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
    @Inject(SAMPLING) private readonly random: Sampling,
  ) {}

  /** Tells of one more question: pairs are judged for a share of them. */
  noteAsked(): void {
    const { judge, judgeShare } = this.config.semanticCache;
    if (judge === 'off') return;
    this.credit.served = Math.min(MAX_CREDIT, this.credit.served + SERVED_PART * judgeShare);
    this.credit.doubtful = Math.min(MAX_CREDIT, this.credit.doubtful + (1 - SERVED_PART) * judgeShare);
  }

  /** Hands over a pair, which may be judged or not. Returns at once and never throws. */
  offer(review: MatchReview): void {
    const kind = review.wasServed ? 'served' : 'doubtful';
    // Served ones are drawn by lot: the first after each judgement are not like all others.
    if (review.wasServed && this.random() >= this.config.semanticCache.judgeShare) return;
    if (this.credit[kind] < 1 || this.waiting.length >= MAX_WAITING) return;
    this.credit[kind]--;
    this.waiting.push(review);
    this.running ??= this.work().finally(() => {
      this.running = null;
    });
  }

  /** Counts a verdict. @param judgement null: there was none */
  count(judgement: Judgement | null): void {
    const verdict = judgement === null ? 'none' : judgement.same ? 'same' : 'different';
    this.metrics.cacheJudgements.inc({ verdict });
  }

  /** Resolves once no pair waits any more. */
  async idle(): Promise<void> {
    await this.running;
  }

  async onModuleDestroy(): Promise<void> {
    this.waiting.length = 0;
    await this.running;
  }

  private async work(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      await this.review(next).catch((error: unknown) =>
        this.logger.warn(`a pair of questions was not judged: ${describeError(error)}`),
      );
  }

  private async review(review: MatchReview): Promise<void> {
    const { context, entry } = review;
    const { question, search, scope } = context;
    if (!(await this.askAbout(review, [question, entry.question]))) return;
    // In the other order, for the verdict to be another one.
    if (this.random() < REPEATED_PART) await this.askAbout(review, [entry.question, question]);
    const verdicts = (await this.learning.verdictsOn(search.tenantId, question, [entry.question]))?.[0];
    if (verdicts === undefined) return;
    if (areKeptApart(verdicts)) {
      if (review.wasServed)
        await this.cache.evict(search.tenantId, [this.cache.entryId(scope, question)], 'judge');
      return;
    }
    const learned = await this.learning.of(search.tenantId, search.space.id);
    if (learned === null || review.logit === null || review.cut === null) return;
    if (beliefOf(review.logit, verdicts, learned.accuracy) < review.cut) return;
    const { similarity, certainty } = review;
    await this.cache.rememberWording(scope, question, entry, { epoch: entry.epoch, similarity, certainty });
  }

  /** @returns whether there is a verdict now */
  private async askAbout(
    { context, logit, wasServed }: MatchReview,
    questions: readonly [string, string],
  ): Promise<boolean> {
    const { tenantId, space } = context.search;
    const judgement = await this.judge.compare(tenantId, ...questions);
    this.count(judgement);
    if (judgement === null) return false;
    const { same } = judgement;
    return this.learning.record(tenantId, questions, { same, spaceId: space.id, logit, wasServed });
  }
}
