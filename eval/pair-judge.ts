import type { AppConfig } from '../src/config/app-config';
import type { EmbeddingModel } from '../src/models/embedding-model';
import { comparePair, verifyMatch } from '../src/semantic-cache/question-verifier';
import { backgroundOf, SimilarityScale } from '../src/semantic-cache/similarity-scale';
import { cutFor } from '../src/semantic-cache/verifier/match-model';
import { isComparable, readQuestion } from '../src/semantic-cache/verifier/question';
import { UNRELATED_QUESTIONS } from '../src/text-analysis/unrelated-questions';

/** What the semantic layer knows of a pair of questions whose answers rest on no documents. */
export interface PairJudgement {
  /** Whether the stored answer would be served. */
  same: boolean;
  /** Probability, 0 to 1, that it answers the new question. */
  score: number;
  /** The same as log-odds. */
  logit: number;
}

/** Compares questions as the service does where nothing was retrieved. */
export class PairJudge {
  /** Least logit at which a stored answer is served. */
  readonly cut: number;

  constructor(
    readonly scale: SimilarityScale,
    errorBudget: number,
  ) {
    this.cut = cutFor(errorBudget, false);
  }

  /** @param model whose similarities are judged */
  static async for(
    model: EmbeddingModel,
    config: AppConfig,
    errorBudget = config.semanticCache.errorBudget,
  ): Promise<PairJudge> {
    const background = backgroundOf(await model.embed([...UNRELATED_QUESTIONS]));
    return new PairJudge(new SimilarityScale(background, config.semanticCache.threshold), errorBudget);
  }

  judge(asked: string, stored: string, cosineSimilarity: number): PairJudgement {
    if (!isComparable(asked) || !isComparable(stored)) return { same: false, score: 0, logit: -Infinity };
    const pair = comparePair(readQuestion(asked), readQuestion(stored));
    const { logit, certainty } = verifyMatch(pair, this.scale.relative(cosineSimilarity));
    if (cosineSimilarity < this.scale.minSimilarity)
      return { same: false, score: certainty, logit: -Infinity };
    return { same: logit >= this.cut, score: certainty, logit };
  }
}
