import { canonicalQuestion } from './canonical-question';
import type { DifferenceReason } from './verifier/difference-reason';
import { pairFeatures, type PairFeatures } from './verifier/pair-features';
import { findContradiction } from './verifier/question-contradiction';
import { profileQuestion, type QuestionProfile } from './verifier/question-profile';
import { sameQuestionScore } from './verifier/same-question-model';
import { alignWords, type WordAlignment } from './verifier/word-alignment';

/** What is known about a pair besides the two texts. */
export interface PairEvidence {
  /** Cosine similarity of the two questions' vectors, -1 to 1; without it the texts must carry the decision. */
  cosineSimilarity?: number;
  /** Overlap of the passages that both questions retrieve, 0 to 1. */
  passageAgreement?: number;
  /** Overlap of the best sentences for both questions, 0 to 1. */
  sentenceAgreement?: number;
  /** Score from which the questions count as the same, 0 to 1; default {@link DEFAULT_MINIMUM_SCORE}. */
  minimumScore?: number;
}

/** The verifier's judgement of a pair of questions. */
export interface QuestionVerdict {
  /** Whether an answer to one answers the other. */
  same: boolean;
  /** What holds them apart; null if they are the same. */
  reason: DifferenceReason | null;
  /** How sure it is that both ask the same, 0 to 1; 0 where a contradiction decided, 1 for one canonical text. */
  score: number;
}

/** Comparing takes the square of the length: at 8,000 characters it would hold up everybody for 0.2 s. */
const MAX_COMPARED_CHARACTERS = 2_000;

/** Whether a question is short enough to be compared with others; a longer one is found by its very words alone. */
export function isComparable(question: string): boolean {
  return question.length <= MAX_COMPARED_CHARACTERS;
}

/** The score from which two questions count as the same. */
export const DEFAULT_MINIMUM_SCORE = 0.5;
/** Taken for the cosine similarity of a pair whose vectors are not known: that of middling paraphrases. */
const ASSUMED_COSINE = 0.85;
/** How much evidence can move the logit of the score: from none in common to all. */
const EVIDENCE_WEIGHT = 2;
/** Agreement that speaks neither for nor against: half of the passages of both in common. */
const NEUTRAL_AGREEMENT = 1 / 3;

/**
 * Whether two questions ask the same, so that the stored answer to one may be served for the other. Contradictions
 * (another number, date, name, direction, a negation …) decide by themselves; else a score does. Pure,
 * deterministic, symmetric.
 * @param a the new question, or its profile
 * @param b the stored question, or its profile
 */
export function verifyQuestions(
  a: QuestionProfile | string,
  b: QuestionProfile | string,
  evidence: PairEvidence = {},
): QuestionVerdict {
  const left = typeof a === 'string' ? profileQuestion(a) : a;
  const right = typeof b === 'string' ? profileQuestion(b) : b;
  const alignment = alignWords(left.words, right.words);
  if (left.text === right.text || (sharesContent(alignment) && isOneText(left.text, right.text))) {
    return { same: true, reason: null, score: 1 };
  }
  const contradiction = findContradiction(left, right, alignment);
  if (contradiction !== null) return { same: false, reason: contradiction, score: 0 };
  const agreements = [evidence.passageAgreement, evidence.sentenceAgreement].filter((x) => x !== undefined);
  const agreement = agreements.reduce((sum, x) => sum + x / agreements.length, 0);
  if (agreements.length > 0 && agreement === 0) return { same: false, reason: 'evidence', score: 0 };
  const features = pairFeatures(left, right, alignment, evidence.cosineSimilarity ?? ASSUMED_COSINE);
  const score = sameQuestionScore(
    features,
    agreements.length > 0 ? EVIDENCE_WEIGHT * (agreement - NEUTRAL_AGREEMENT) : 0,
  );
  const same = score >= (evidence.minimumScore ?? DEFAULT_MINIMUM_SCORE);
  return { same, reason: same ? null : mainDifference(features), score };
}

/** Whether no word beyond grammar and courtesy stands in one only; what is cheap to see spares the rest. */
function sharesContent({ left, right }: WordAlignment): boolean {
  return [left, right].every((words) =>
    words.every(
      ({ word, match }) => match === 'same' || word.weight === 'function' || word.weight === 'light',
    ),
  );
}

function isOneText(a: string, b: string): boolean {
  return canonicalQuestion(a) === canonicalQuestion(b);
}

/** The most telling difference of a pair whose score is too low. */
function mainDifference(features: PairFeatures): DifferenceReason {
  if (features.uncoveredNames > 0) return 'entity';
  if (features.uncoveredMore > features.uncoveredKnown) return 'rare-word';
  if (features.typeDiffers > 0 || features.questionWords > 0) return 'question-word';
  return features.relations > 0 ? 'comparative' : 'low-score';
}
