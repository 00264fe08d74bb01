import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { AnswerUsage } from '../generation/answer-writer';
import { QuestionJudge } from '../generation/question-judge';
import { AnswerFeedback } from '../semantic-cache/answer-feedback';
import type { CacheCandidate, CacheEntry } from '../semantic-cache/cache-entry';
import { evidenceAgreement } from '../semantic-cache/evidence-agreement';
import { isComparable, verifyQuestions } from '../semantic-cache/question-verifier';
import { profileQuestion } from '../semantic-cache/verifier/question-profile';

/** A stored answer whose question asks the same as the new one. */
export interface QuestionMatch extends CacheCandidate {
  /** What it cost to find that out; null where no model was asked. */
  judging: AnswerUsage | null;
}

interface Scored extends CacheCandidate {
  same: boolean;
  score: number;
}

/**
 * Scores of the verifier between which it is often wrong either way. Above, nine in ten are the same question; below,
 * fewer than half; a contradiction has 0. @see docs/verifier.md
 */
const DOUBTFUL = { from: 0.25, to: 0.75 };
/** The verifier's score of questions that are one text but for spelling and politeness. */
const ONE_TEXT = 1;

/** Tells which of the nearest stored questions ask the same as a new one. */
@Injectable()
export class QuestionMatcher {
  constructor(
    private readonly feedback: AnswerFeedback,
    private readonly judge: QuestionJudge,
    private readonly config: AppConfig,
  ) {}

  /**
   * The candidates that ask the same and rest on what the question finds, the surest first. A model is asked about one
   * of them at most, and not before the caller comes to it.
   * @param found content hashes of the passages that the question finds now
   */
  async *matches(
    question: string,
    candidates: readonly CacheCandidate[],
    found: ReadonlySet<string>,
  ): AsyncGenerator<QuestionMatch> {
    let mayAsk = true;
    for (const candidate of this.plausible(question, candidates, found)) {
      const { entry, similarity } = candidate;
      const { tenantId } = entry;
      if (await this.feedback.areApart(tenantId, question, entry.question)) continue;
      const isSettled = !this.isForJudge(candidate);
      const judgement =
        isSettled || !mayAsk ? null : await this.judge.compare(tenantId, question, entry.question);
      if (!isSettled) mayAsk = false;
      // Asked once for ever; that two questions are the same is remembered with the answer.
      if (judgement?.same === false) await this.feedback.keepApart(tenantId, question, entry.question);
      const { judge } = this.config.semanticCache;
      const same = judgement?.same ?? (candidate.same && (isSettled || judge === 'doubtful'));
      if (same) yield { entry, similarity, judging: judgement?.usage ?? null };
    }
  }

  private plausible(
    question: string,
    candidates: readonly CacheCandidate[],
    found: ReadonlySet<string>,
  ): Scored[] {
    if (!isComparable(question)) return [];
    const profile = profileQuestion(question);
    const comparable = candidates.filter(({ entry }) => isComparable(entry.question));
    const scored = comparable.map(({ entry, similarity }): Scored => {
      const { same, score } = verifyQuestions(profile, entry.question, {
        cosineSimilarity: similarity,
        passageAgreement: evidenceAgreement(new Set(entry.evidence), found),
        minimumScore: this.config.semanticCache.minScore,
      });
      return { entry, similarity, same, score };
    });
    return scored
      .filter(
        (candidate) => (candidate.same || this.isForJudge(candidate)) && restsOn(candidate.entry, found),
      )
      .sort((a, b) => b.score - a.score);
  }

  private isForJudge({ score }: Scored): boolean {
    switch (this.config.semanticCache.judge) {
      case 'off':
        return false;
      case 'doubtful':
        return score >= DOUBTFUL.from && score < DOUBTFUL.to;
      case 'always':
        return score >= DOUBTFUL.from && score < ONE_TEXT;
    }
  }
}

/**
 * Whether the question finds what the cached answer rests on: the passage that it cites first, and at least half of
 * all that it cites. The last of the retrieved passages often tie, so two wordings rarely find all the same ones.
 * @param found content hashes of the passages found now
 */
function restsOn({ citations }: CacheEntry, found: ReadonlySet<string>): boolean {
  const [first, ...others] = citations.map(({ contentHash }) => found.has(contentHash));
  return first && 2 * (1 + others.filter(Boolean).length) >= citations.length;
}
