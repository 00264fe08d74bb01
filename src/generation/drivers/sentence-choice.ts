import english from '../../text-analysis/data/english.json';
import { wordMap } from '../../text-analysis/word-lists';
import type { ReadPassage } from './answer-signs';
import type { AnswerKind, QuestionTerms } from './question-terms';
import { coverageOf } from './word-set';

/** A sentence that is quoted. */
export interface ChosenSentence {
  text: string;
  /** Number of its evidence, from 1. */
  n: number;
}

interface RankedSentence extends ChosenSentence {
  position: number;
  score: number;
}

/** Most sentences of one answer. */
const MAX_SENTENCES = 3;
/** A further sentence must come this near to the best one's score. */
const MIN_SHARE_OF_BEST = 0.75;
/** Share of the sentence's own words in its score; the rest are those of its neighbourhood with its own. */
const OWN = 0.5;
/** What a sentence in a passage without relevance loses. */
const RELEVANCE_SHARE = 0.5;
/** Added for holding a thing of the kind that is asked for. */
const KIND_BONUS = 0.1;

const NUMBER_WORDS = new Set([...wordMap(english.numbers).keys(), ...english.quantities.split(' ')]);
/** A capital inside a sentence, whose white space is single spaces. */
const NAME = /(?<=[\p{Ll}\p{N},;:)–-]\s)["'“‘(]?\p{Lu}[\p{L}\p{M}'’.-]*/gu;

/**
 * The sentences that say most of what the question asks: by the share of its words that they and their neighbourhood
 * hold, by the rank of their passage, and by whether they hold a thing of the kind that is asked for.
 * @returns best first; none if no sentence holds a word of the question
 */
export function chooseSentences(question: QuestionTerms, passages: readonly ReadPassage[]): ChosenSentence[] {
  const ranked = passages
    .flatMap((passage, index) => rank(question, passage, index + 1))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.n - b.n || a.position - b.position);
  const chosen: ChosenSentence[] = [];
  for (const { text, n, score } of ranked) {
    if (chosen.length === MAX_SENTENCES || score < ranked[0].score * MIN_SHARE_OF_BEST) break;
    if (!chosen.some((other) => other.text === text)) chosen.push({ text, n });
  }
  return chosen;
}

function rank(
  question: QuestionTerms,
  { item, context, sentences }: ReadPassage,
  n: number,
): RankedSentence[] {
  const { weights, answerKind } = question;
  return sentences.map(({ text, words }, position) => {
    const around = [context, ...sentences.slice(Math.max(0, position - 1), position + 2).map((s) => s.words)];
    const own = words.coverage(weights);
    const covered = OWN * own + (1 - OWN) * coverageOf(weights, around);
    const relevance = 1 - RELEVANCE_SHARE + RELEVANCE_SHARE * item.score;
    const bonus = holdsKind(answerKind, text, question) ? KIND_BONUS : 0;
    return { text, n, position, score: own === 0 ? 0 : (covered + bonus) * relevance };
  });
}

/** Whether a text holds a number or name other than those that the question gives itself. */
function holdsKind(kind: AnswerKind, text: string, { weights }: QuestionTerms): boolean {
  if (kind === 'number')
    return (
      (text.match(/\d+/g) ?? []).some((digits) => !weights.has(digits)) ||
      text.split(/[^\p{L}]/u).some((word) => NUMBER_WORDS.has(word.toLowerCase()))
    );
  if (kind === 'other') return false;
  return (text.match(NAME) ?? []).some((name) => !weights.has(name.toLowerCase()));
}
