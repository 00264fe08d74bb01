import { dotProduct } from '../src/common/vector';
import { canonicalQuestion } from '../src/semantic-cache/canonical-question';
import { verifyQuestions } from '../src/semantic-cache/question-verifier';
import { pairFeatures, type PairFeatures } from '../src/semantic-cache/verifier/pair-features';
import { profileQuestion, type QuestionProfile } from '../src/semantic-cache/verifier/question-profile';
import { alignWords } from '../src/semantic-cache/verifier/word-alignment';
import type { QuestionFolds } from './question-folds';
import { type LoggedQuestion, MAX_CANDIDATES } from './workload';

/** What the verifier makes of a pair before its score. */
export interface DescribedPair {
  cosineSimilarity: number;
  features: PairFeatures;
  /** 0 where a contradiction decides, 1 for one canonical text; null where the score decides. */
  decided: 0 | 1 | null;
}

/** A labelled pair to learn from. */
export interface PairExample extends DescribedPair {
  same: boolean;
  /** How much it counts; an ordinary labelled pair counts 1. */
  weight: number;
  /** The folds in which its questions stand. */
  folds: readonly number[];
}

/**
 * A pair of a query log counts a tenth: there are three times as many as labelled pairs, and the questions of a cluster
 * repeat one another.
 */
const LOGGED_WEIGHT = 0.1;

/** Describes pairs of questions whose vectors are known; reads each question once. */
export class PairReader {
  private readonly profiles = new Map<string, QuestionProfile>();

  constructor(private readonly vectors: ReadonlyMap<string, Float32Array>) {}

  read(a: string, b: string): DescribedPair {
    const cosineSimilarity = this.cosine(a, b);
    const [left, right] = [this.profile(a), this.profile(b)];
    const { score } = verifyQuestions(left, right, { cosineSimilarity });
    const features = pairFeatures(left, right, alignWords(left.words, right.words), cosineSimilarity);
    return { cosineSimilarity, features, decided: score === 0 || score === 1 ? score : null };
  }

  /** The pairs that the service would compare, had it stored every question of a log: each with the nearest before it. */
  loggedExamples(
    log: readonly LoggedQuestion[],
    folds: QuestionFolds,
    minSimilarity: number,
    progress: (line: string) => void,
  ): PairExample[] {
    const questions = [...new Map(log.map((asked) => [canonicalQuestion(asked.q), asked] as const)).values()];
    const examples: PairExample[] = [];
    for (const [i, asked] of questions.entries()) {
      if (i > 0 && i % 2000 === 0) progress(`compared ${i} of ${questions.length} questions of the log`);
      const nearest = questions
        .slice(0, i)
        .map((stored) => ({ stored, cosineSimilarity: this.cosine(asked.q, stored.q) }))
        .filter(({ cosineSimilarity }) => cosineSimilarity >= minSimilarity)
        .sort((x, y) => y.cosineSimilarity - x.cosineSimilarity)
        .slice(0, MAX_CANDIDATES);
      for (const { stored } of nearest) {
        examples.push({
          ...this.read(asked.q, stored.q),
          same: asked.cluster === stored.cluster,
          weight: LOGGED_WEIGHT,
          folds: [asked, stored].map(({ cluster }) => folds.foldOf(clusterKey(cluster))),
        });
      }
    }
    return examples;
  }

  private cosine(a: string, b: string): number {
    return dotProduct(this.vectors.get(a)!, this.vectors.get(b)!);
  }

  private profile(text: string): QuestionProfile {
    let profile = this.profiles.get(text);
    if (profile === undefined) this.profiles.set(text, (profile = profileQuestion(text)));
    return profile;
  }
}

/** What stands for a question among folds. */
export function questionKey(text: string): string {
  return canonicalQuestion(text);
}

/** What stands for a cluster of a log among folds. */
export function clusterKey(cluster: string): string {
  return `cluster ${cluster}`;
}
