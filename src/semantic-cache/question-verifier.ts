import { ENGLISH } from '../text-analysis/languages';
import { canonicalQuestion } from './canonical-question';
import type { AnswerSupport } from './verifier/answer-support';
import { type Contradiction, contradictionOf } from './verifier/contradiction';
import { type MatchFeatures, matchLogit, probabilityOf } from './verifier/match-model';
import type { Question } from './verifier/question';
import { differenceOf, haveSameContent, type QuestionDifference } from './verifier/question-difference';

/** Why a stored answer is not served. */
export type Refusal = Contradiction | 'evidence' | 'contrast';

/** How sure it is that a stored answer answers a new question. */
export interface MatchVerdict {
  /** What speaks against it alone; null if nothing does. */
  refusal: Refusal | null;
  /** Log-odds that the stored answer is right; -Infinity with a refusal, Infinity for one canonical text. */
  logit: number;
  /** The same as a probability, 0 to 1. */
  certainty: number;
  /** Null where a refusal, or one canonical text, made them unnecessary. */
  features: MatchFeatures | null;
}

const MAX_ONLY = 4;
const MAX_BETTER = 0.4;
const MAX_ELSEWHERE = 2;

/** Compares the words of two questions, to be completed by {@link verifyMatch}. */
export interface QuestionPair {
  readonly asked: Question;
  readonly stored: Question;
  readonly difference: QuestionDifference;
  readonly isOneText: boolean;
  readonly contradiction: Contradiction | null;
}

export function comparePair(asked: Question, stored: Question): QuestionPair {
  const isOneText = canonicalQuestion(asked.text) === canonicalQuestion(stored.text);
  const difference = differenceOf(asked, stored);
  const contradiction = isOneText ? null : contradictionOf(asked, stored, difference);
  return { asked, stored, difference, isOneText, contradiction };
}

/**
 * Whether the stored answer to one question answers another one. Directed: from the stored question to the new one.
 * @param relativeSimilarity of their vectors, @see SimilarityScale
 * @param support of the new question by what the stored answer rests on; null where the new question does not find
 *   that, undefined where nothing was retrieved
 */
export function verifyMatch(
  pair: QuestionPair,
  relativeSimilarity: number,
  support?: AnswerSupport | null,
): MatchVerdict {
  if (pair.isOneText) return { refusal: null, logit: Infinity, certainty: 1, features: null };
  if (pair.contradiction !== null) return refuse(pair.contradiction);
  if (!isMeasured(pair)) return refuse('language');
  if (support === null) return refuse('evidence');
  if (support?.namesDiffer) return refuse('name');
  if (support && (support.picksStatement || isContrast(pair.difference, support))) return refuse('contrast');
  const features = featuresOf(pair, relativeSimilarity, support);
  const logit = matchLogit(features, support !== undefined);
  return { refusal: null, logit, certainty: probabilityOf(logit), features };
}

/**
 * Whether the weights were fitted on questions like these two: in English, if they differ in content words. An embedding
 * model may know other languages so little that all their questions are near one another, and their lists of function
 * words hold such as "first" and "last": there only the order of the words may differ, and their forms.
 */
function isMeasured({ asked, stored, difference }: QuestionPair): boolean {
  if (asked.language !== ENGLISH.name) return stemsOf(asked) === stemsOf(stored);
  return haveSameContent(difference) || (isEnglish(asked) && isEnglish(stored));
}

function stemsOf({ words }: Question): string {
  return words
    .map(({ stem }) => stem)
    .sort()
    .join(' ');
}

/** Languages without word lists here count as English, but have none of its function words. */
function isEnglish({ words }: Question): boolean {
  return words.some(({ isFunction }) => isFunction);
}

/** Whether the documents tell apart what the one question says from what the other says. */
export function isContrast(
  { onlyAsked, onlyStored }: QuestionDifference,
  { askedElsewhere, storedPresent }: AnswerSupport,
): boolean {
  return onlyAsked.length > 0 && onlyStored.length > 0 && askedElsewhere > 0 && storedPresent > 0;
}

/** What {@link verifyMatch} judges two questions by that nothing refuses. */
export function featuresOf(
  { asked, stored, difference }: QuestionPair,
  relativeSimilarity: number,
  support?: AnswerSupport,
): MatchFeatures {
  const onlyAsked = Math.min(MAX_ONLY, difference.onlyAsked.length);
  const onlyStored = Math.min(MAX_ONLY, difference.onlyStored.length);
  const bothDiffer = onlyAsked > 0 && onlyStored > 0;
  return {
    relativeSimilarity,
    onlyAsked,
    onlyStored,
    asksForOther: Number(names(asked, stored) && names(stored, asked)),
    inversions: difference.inversions,
    betterElsewhere: Math.min(MAX_BETTER, Math.max(0, -(support?.margin ?? 0))),
    isUnsupported: Number(bothDiffer && support !== undefined && support.margin <= 0),
    askedElsewhere: Math.min(MAX_ELSEWHERE, support?.askedElsewhere ?? 0),
  };
}

function refuse(refusal: Refusal): MatchVerdict {
  return { refusal, logit: -Infinity, certainty: 0, features: null };
}

/** Whether a question asks for a thing that the other one does not name. */
function names({ askedFor }: Question, other: Question): boolean {
  return askedFor !== null && !other.words.some(({ stem }) => stem === askedFor);
}
