import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppConfig } from '../config/app-config';
import { isDatabaseUnavailable } from '../database/database-errors';
import { Metrics } from '../observability/metrics';
import { type JudgementCounts, type MatchJudgement, MatchJudgements, pairOf } from './match-judgements';
import {
  cutOffset,
  fitLogitScale,
  judgeAccuracy,
  NO_VERDICTS,
  type ShareEstimate,
  type Verdicts,
  wrongShare,
} from './verifier/calibration';
import { cutFor } from './verifier/match-model';

/** What the judgements of a tenant's questions in one embedding space have taught. */
export interface Learned {
  /** Of the judge, 0 to 1. */
  accuracy: number;
  /** By how much (log-odds) a match must be surer than the error budget would ask for; 0 while that is kept to. */
  cutOffset: number;
  counts: JudgementCounts;
}

const NO_COUNTS: JudgementCounts = { judged: 0, calledDifferent: 0, repeats: 0, agreements: 0 };
const NOTHING: Learned = { accuracy: judgeAccuracy(0, 0), cutOffset: 0, counts: NO_COUNTS };
/** Other processes judge as well. */
const REFRESH_MS = 60_000;
const MAX_REMEMBERED = 10_000;

/** What is known of pairs of questions from judgements, and what follows from that for all others. */
@Injectable()
export class MatchLearning {
  private readonly learned: LRUCache<string, Learned>;

  constructor(
    private readonly judgements: MatchJudgements,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {
    metrics.cacheErrorBudget.set(config.semanticCache.errorBudget);
    this.learned = new LRUCache<string, Learned>({
      max: MAX_REMEMBERED,
      ttl: REFRESH_MS,
      allowStale: true,
      noDeleteOnFetchRejection: true,
      allowStaleOnFetchRejection: true,
      fetchMethod: (key) => {
        const [tenantId, spaceId] = key.split(' ');
        return this.learn(tenantId, Number(spaceId));
      },
    });
  }

  /** At most a minute old, or as long as Postgres has been unavailable. @returns null where nobody can tell */
  of(tenantId: string, spaceId: number): Promise<Learned | null> {
    if (this.config.semanticCache.judge === 'off') return Promise.resolve(NOTHING);
    return orNull(async () => (await this.learned.fetch(keyOf(tenantId, spaceId))) ?? NOTHING);
  }

  /**
   * What was said of a question and each of some others, in one read.
   * @returns null where nobody can tell: then a miss is better
   */
  verdictsOn(tenantId: string, question: string, others: readonly string[]): Promise<Verdicts[] | null> {
    const pairs = others.map((other) => pairOf(question, other));
    return orNull(async () => {
      const verdicts = await this.judgements.verdictsOn(tenantId, pairs);
      return pairs.map((pair) => verdicts.get(pair) ?? NO_VERDICTS);
    });
  }

  /** Keeps the verdict of a judge. @returns false where it could not be kept */
  async record(
    tenantId: string,
    [question, other]: readonly [string, string],
    { spaceId, ...verdict }: Omit<MatchJudgement, 'pair' | 'source' | 'spaceId'> & { spaceId: number },
  ): Promise<boolean> {
    const judgement = { ...verdict, spaceId, pair: pairOf(question, other), source: 'judge' as const };
    const kept = await orNull(async () => {
      await this.judgements.record(tenantId, judgement);
      await this.learned.fetch(keyOf(tenantId, spaceId), { forceRefresh: true });
      return true;
    });
    return kept ?? false;
  }

  /** The share of the tenant's semantic hits of the last 30 days that were wrong; null where none was judged or nobody can tell. */
  wrongShare(tenantId: string): Promise<ShareEstimate | null> {
    return orNull(async () => shareOf(await this.judgements.counts(tenantId, null)));
  }

  private async learn(tenantId: string, spaceId: number): Promise<Learned> {
    const counts = await this.judgements.counts(tenantId, spaceId);
    const accuracy = judgeAccuracy(counts.repeats, counts.agreements);
    const { errorBudget } = this.config.semanticCache;
    const isAboveBudget = (shareOf(counts)?.lower ?? 0) > errorBudget;
    const offset = isAboveBudget
      ? cutOffset(
          cutFor(errorBudget, true),
          fitLogitScale(await this.judgements.labels(tenantId, spaceId), accuracy),
        )
      : 0;
    this.show(keyOf(tenantId, spaceId), counts);
    return { accuracy, cutOffset: offset, counts };
  }

  /** Of all tenants that this process knows. */
  private show(key: string, latest: JudgementCounts): void {
    const total = { ...latest };
    for (const [other, { counts }] of this.learned.entries()) {
      if (other === key) continue;
      total.judged += counts.judged;
      total.calledDifferent += counts.calledDifferent;
      total.repeats += counts.repeats;
      total.agreements += counts.agreements;
    }
    const share = shareOf(total);
    if (share === null) return;
    for (const bound of ['estimate', 'lower', 'upper'] as const)
      this.metrics.cacheWrongShare.set({ bound }, share[bound]);
  }
}

const keyOf = (tenantId: string, spaceId: number) => `${tenantId} ${spaceId}`;

function shareOf({ judged, calledDifferent, repeats, agreements }: JudgementCounts): ShareEstimate | null {
  return wrongShare(judged, calledDifferent, judgeAccuracy(repeats, agreements));
}

async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    return null;
  }
}
