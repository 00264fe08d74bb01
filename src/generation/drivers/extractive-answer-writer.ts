import { type AnswerWriter, type Evidence, noAnswer, type WrittenAnswer } from '../answer-writer';
import { contentWords } from './content-words';

/** Most sentences of one answer. */
const MAX_SENTENCES = 3;
/** The answering passage must hold this share of the question's weight, else nothing is answered. */
const MIN_PASSAGE_COVERAGE = 0.5;
/** A further sentence must come this near to the best one's score. */
const MIN_SHARE_OF_BEST = 0.75;
/** Code and tables can be one long "sentence"; more of it is no longer an answer. */
const MAX_SENTENCE_CHARACTERS = 600;

const USAGE = { model: 'extractive', promptTokens: 0, completionTokens: 0, costUsd: 0 };

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

  async write(question: string, evidence: readonly Evidence[]): Promise<WrittenAnswer> {
    const asked = [...new Set(contentWords(question))];
    const passages = evidence.map((item) => new Set(contentWords(contextOf(item) + '\n' + item.content)));
    const weights = weigh(asked, passages);
    const answering = passages.some((words) => coverage(weights, words) >= MIN_PASSAGE_COVERAGE);
    if (asked.length === 0 || !answering) return noAnswer(USAGE);

    const ranked = evidence
      .flatMap((item, index) => scoreSentences(item, index + 1, weights))
      .sort((a, b) => b.score - a.score || a.n - b.n || a.position - b.position);
    const best = ranked[0];
    if (best === undefined || best.score <= 0) return noAnswer(USAGE);
    const chosen: Sentence[] = [];
    for (const sentence of ranked) {
      if (chosen.length === MAX_SENTENCES || sentence.score < best.score * MIN_SHARE_OF_BEST) break;
      if (!chosen.some(({ text }) => text === sentence.text)) chosen.push(sentence);
    }
    return {
      text: chosen.map(({ text, n }) => `${text} [${n}]`).join(' '),
      cited: [...new Set(chosen.map(({ n }) => n))],
      answered: true,
      complete: true,
      usage: USAGE,
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
  const texts = sentencesOf(item.content);
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

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences of a passage; a heading, list item or line of a table is one of its own. */
function sentencesOf(content: string): string[] {
  return content
    .split(/\n\s*\n|\n(?=\s*(?:[-*+#|>]|\d+[.)]\s|```))|(?<=^#{1,6} .*)\n/m)
    .flatMap((block) =>
      /^\s*(```|~~~|\|)/.test(block) ? [block] : [...SEGMENTER.segment(block)].map((s) => s.segment),
    )
    .map((text) =>
      text
        .replace(/^\s*(?:[-*+>]|\d+[.)])\s+/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((text) => text !== '' && !/^#{1,6}\s/.test(text) && !/^(```|~~~)\w*$/.test(text))
    .map((text) =>
      text.length > MAX_SENTENCE_CHARACTERS ? `${text.slice(0, MAX_SENTENCE_CHARACTERS).trimEnd()}…` : text,
    );
}
