import {
  type AnswerWriter,
  type Evidence,
  noAnswer,
  type WriteOptions,
  type WrittenAnswer,
} from '../answer-writer';
import { contentWords } from './content-words';
import { quotableSentences } from './sentences';

/** Most sentences of one answer. */
const MAX_SENTENCES = 3;
/** The answering passage must hold this share of the question's weight, else nothing is answered. */
const MIN_PASSAGE_COVERAGE = 0.5;
/** A further sentence must come this near to the best one's score. */
const MIN_SHARE_OF_BEST = 0.75;

interface Sentence {
  text: string;
  /** Number of its evidence, from 1. */
  n: number;
  position: number;
  score: number;
}

/**
 * Answers without a model: the sentences that say most of what the question asks, each cited. Deterministic.
 * A sentence scores by the share of the question's words that it and its neighbourhood hold, weighted by how
 * telling each word is among the passages, and by the rank of its passage.
 */
export class ExtractiveAnswerWriter implements AnswerWriter {
  readonly identity = 'extractive/1';

  /** @param countTokens counts what was read and written, for the statistics: nothing is paid for */
  constructor(private readonly countTokens: (text: string) => number) {}

  async write(
    question: string,
    evidence: readonly Evidence[],
    options: WriteOptions,
  ): Promise<WrittenAnswer> {
    const read = [question, ...evidence.map(({ content }) => content)];
    const promptTokens = read.reduce((sum, text) => sum + this.countTokens(text), 0);
    const usage = { model: 'extractive', promptTokens, completionTokens: 0, costUsd: 0 };
    const asked = [...new Set(contentWords(question))];
    const passages = evidence.map((item) => new Set(contentWords(contextOf(item) + '\n' + item.content)));
    const weights = weigh(asked, passages);
    const answering = passages.some((words) => coverage(weights, words) >= MIN_PASSAGE_COVERAGE);
    if (asked.length === 0 || !answering) return noAnswer(usage, options);

    const ranked = evidence
      .flatMap((item, index) => scoreSentences(item, index + 1, weights))
      .sort((a, b) => b.score - a.score || a.n - b.n || a.position - b.position);
    const best = ranked[0];
    if (best === undefined || best.score <= 0) return noAnswer(usage, options);
    const chosen: Sentence[] = [];
    for (const sentence of ranked) {
      if (chosen.length === MAX_SENTENCES || sentence.score < best.score * MIN_SHARE_OF_BEST) break;
      if (!chosen.some(({ text }) => text === sentence.text)) chosen.push(sentence);
    }
    const text = chosen.map((sentence) => `${sentence.text} [${sentence.n}]`).join(' ');
    options.onDelta?.(text);
    return {
      text,
      cited: [...new Set(chosen.map(({ n }) => n))],
      answered: true,
      complete: true,
      usage: { ...usage, completionTokens: this.countTokens(text) },
      route: null,
    };
  }
}

/** Weight of each asked word: rarer among the passages is more telling, as are names and numbers. */
function weigh(asked: readonly string[], passages: readonly ReadonlySet<string>[]): Map<string, number> {
  return new Map(
    asked.map((word) => {
      const holding = passages.filter((words) => words.has(word)).length;
      const rarity = Math.log(1 + (passages.length + 1) / (holding + 0.5));
      return [word, rarity * (/\d/.test(word) ? 1.5 : 1)];
    }),
  );
}

/** Share (0 to 1) of the weight whose words are present. */
function coverage(weights: ReadonlyMap<string, number>, words: ReadonlySet<string>): number {
  let [present, total] = [0, 0];
  for (const [word, weight] of weights) {
    total += weight;
    if (words.has(word)) present += weight;
  }
  return total > 0 ? present / total : 0;
}

function scoreSentences(item: Evidence, n: number, weights: ReadonlyMap<string, number>): Sentence[] {
  const texts = quotableSentences(item.content);
  const words = texts.map((text) => new Set(contentWords(text)));
  const context = new Set(contentWords(contextOf(item)));
  return texts.map((text, position) => {
    const neighbours = new Set([...(words[position - 1] ?? []), ...(words[position + 1] ?? []), ...context]);
    const own = coverage(weights, words[position]);
    const around = coverage(weights, new Set([...neighbours, ...words[position]]));
    return {
      text,
      n,
      position,
      score: own === 0 ? 0 : (0.7 * own + 0.3 * around) * (0.7 + 0.3 * item.score),
    };
  });
}

function contextOf({ title, headingPath }: Evidence): string {
  return [title ?? '', ...headingPath].join('\n');
}
