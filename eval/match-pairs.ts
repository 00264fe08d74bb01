import { dotProduct } from '../src/common/vector';
import {
  comparePair,
  featuresOf,
  isContrast,
  type QuestionPair,
  type Refusal,
} from '../src/semantic-cache/question-verifier';
import type { SimilarityScale } from '../src/semantic-cache/similarity-scale';
import {
  readFound,
  restsOnStatements,
  type SupportPassage,
  supportFor,
} from '../src/semantic-cache/verifier/answer-support';
import { contradictionsOf } from '../src/semantic-cache/verifier/contradiction';
import { type MatchFeatures, type MatchTerm, termsOf } from '../src/semantic-cache/verifier/match-model';
import { type Question, readQuestion } from '../src/semantic-cache/verifier/question';
import { haveSameAnswer, type KnownQuestion } from './asked-questions';
import { sentenceAround } from './quoting-model';

/** A new question beside a stored one, as the semantic layer sees them. */
export interface MatchPair {
  /** Which of its set's questions is new. */
  asked: number;
  /** Whether the stored answer is right. */
  label: boolean;
  /** All that refuses the pair, whatever its terms. */
  refusals: readonly Refusal[];
  features: MatchFeatures;
  terms: Readonly<Record<MatchTerm, number>>;
  fold: number;
}

/** Pairs of one kind of data. */
export interface PairSet {
  name: string;
  /** How much all its pairs together count in a fit. */
  weight: number;
  hasEvidence: boolean;
  questions: number;
  /** Questions that repeat an earlier one in other words. */
  repeated: ReadonlySet<number>;
  pairs: MatchPair[];
}

/** As many stored questions as the service looks at. */
const MAX_CANDIDATES = 8;
const NO_EVIDENCE: readonly Refusal[] = ['contrast', 'evidence'];

/** A question that is asked after others, with what it finds. */
export interface StreamQuestion extends KnownQuestion {
  /** The passages that it finds by itself, that of the answer first; empty where there are no documents. */
  finds: readonly SupportPassage[];
  fold: number;
}

type Described = Pick<PairSet, 'name' | 'weight'>;

/**
 * Every question beside the nearest of those before it. The stored answer is the sentence that holds the stored question's
 * gold span; the new question finds its own passages and that of the stored answer.
 */
export function streamPairs(
  about: Described,
  questions: readonly StreamQuestion[],
  vectors: ReadonlyMap<string, Float32Array>,
  scale: SimilarityScale,
): PairSet {
  const hasEvidence = questions[0].finds.length > 0;
  const read = questions.map(({ q }) => readQuestion(q));
  const rests = questions.map((question, i) => (hasEvidence ? answerOf(question, read[i]) : []));
  const kinds = questions.some(({ kind }) => kind !== undefined);
  const clusters = new Set<string>();
  const stored = new Map<string, { j: number; vector: Float32Array }>();
  const repeated = new Set<number>();
  const pairs: MatchPair[] = [];
  questions.forEach((question, i) => {
    // The exact layer answers what was asked in these very words.
    if (stored.has(question.q)) return;
    if (clusters.has(question.cluster) && (!kinds || question.kind === 'paraphrase')) repeated.add(i);
    clusters.add(question.cluster);
    const vector = vectors.get(question.q)!;
    const near: { j: number; cosine: number }[] = [];
    for (const other of stored.values()) {
      const cosine = dotProduct(vector, other.vector);
      if (cosine >= scale.minSimilarity) near.push({ j: other.j, cosine });
    }
    near.sort((a, b) => b.cosine - a.cosine);
    stored.set(question.q, { j: i, vector });
    for (const { j, cosine } of near.slice(0, MAX_CANDIDATES)) {
      const pair = comparePair(read[i], read[j]);
      const found = hasEvidence ? foundWith(question.finds, questions[j].finds[0]) : [];
      pairs.push({
        asked: i,
        label: haveSameAnswer(question, questions[j]),
        fold: question.fold,
        ...judged(pair, scale.relative(cosine), hasEvidence ? { rests: rests[j], found } : null),
      });
    }
  });
  return { ...about, hasEvidence, questions: questions.length, repeated, pairs };
}

/** Sets of one kind as one. */
export function joinSets(sets: readonly PairSet[]): PairSet {
  let first = 0;
  const repeated = new Set<number>();
  const pairs = sets.flatMap((set) => {
    const offset = first;
    first += set.questions;
    for (const asked of set.repeated) repeated.add(offset + asked);
    return set.pairs.map((pair) => ({ ...pair, asked: offset + pair.asked }));
  });
  return { ...sets[0], questions: first, repeated, pairs };
}

/** Pairs that somebody labelled, without documents. */
export function labelledPairs(
  about: Described,
  rows: readonly { a: string; b: string; same: boolean; fold: number }[],
  vectors: ReadonlyMap<string, Float32Array>,
  scale: SimilarityScale,
): PairSet {
  const pairs = rows.flatMap(({ a, b, same, fold }, asked): MatchPair[] => {
    const cosine = dotProduct(vectors.get(a)!, vectors.get(b)!);
    if (cosine < scale.minSimilarity) return [];
    const pair = comparePair(readQuestion(a), readQuestion(b));
    return [{ asked, label: same, fold, ...judged(pair, scale.relative(cosine), null) }];
  });
  const repeated = new Set(rows.flatMap(({ same }, i) => (same ? [i] : [])));
  return { ...about, hasEvidence: false, questions: rows.length, repeated, pairs };
}

/** The same pairs for a model that knows nothing of documents. */
export function withoutEvidence(set: PairSet, weight: number): PairSet {
  const pairs = set.pairs.map((pair) => ({
    ...pair,
    refusals: pair.refusals.filter((refusal) => !NO_EVIDENCE.includes(refusal)),
    terms: { ...pair.terms, betterElsewhere: 0, isUnsupported: 0, askedElsewhere: 0 },
  }));
  return { ...set, weight, hasEvidence: false, pairs };
}

function judged(
  pair: QuestionPair,
  similarity: number,
  evidence: { rests: readonly string[]; found: readonly SupportPassage[] } | null,
): Pick<MatchPair, 'refusals' | 'features' | 'terms'> {
  const refusals: Refusal[] = [...contradictionsOf(pair.asked, pair.stored, pair.difference)];
  const support =
    evidence && supportFor(pair.asked, pair.difference, evidence.rests, readFound(evidence.found));
  if (evidence && support === null) refusals.push('evidence');
  if (support?.namesDiffer) refusals.push('name');
  if (support && isContrast(pair.difference, support)) refusals.push('contrast');
  const features = featuresOf(pair, similarity, support ?? undefined);
  return { refusals, features, terms: termsOf(features) };
}

function answerOf({ finds, start }: StreamQuestion, question: Question): string[] {
  return restsOnStatements(question, sentenceAround(finds[0].content, start), [finds[0]], finds);
}

function foundWith(own: readonly SupportPassage[], stored: SupportPassage): readonly SupportPassage[] {
  return own.some(({ contentHash }) => contentHash === stored.contentHash) ? own : [...own, stored];
}
