import type { Language } from '../../text-analysis/languages';
import type { Evidence } from '../answer-writer';
import type { QuestionTerms } from './question-terms';
import { quotableSentences } from './sentences';
import { coverageOf, WordSet } from './word-set';

/** One sentence of a passage that could be quoted. */
export interface ReadSentence {
  text: string;
  words: WordSet;
}

/** A passage as the extractive writer reads it. */
export interface ReadPassage {
  item: Evidence;
  /** Title and headings. */
  context: WordSet;
  /** Context and sentences. */
  all: WordSet;
  sentences: readonly ReadSentence[];
}

/** What speaks for or against the evidence holding an answer. */
export interface AnswerSigns {
  /** Share (0 to 1) of the question's weight in two sentences of a passage that follow each other. */
  coverage: number;
  /** Words of the question that the passage with most of them does not hold. */
  missing: number;
  /** Neighbouring words of the question that are neighbours in a passage as well. */
  phrases: number;
  /** How far the score of the best document is above that of the next one, 0 to 1; null where there is no other. */
  lead: number | null;
}

/** Two words within this distance are neighbours. */
const NEIGHBOUR_DISTANCE = 3;

/**
 * Log-odds that the evidence holds an answer, up to a constant: fitted by logistic regression on XQuAD's questions with
 * and without the passage that answers them, half of its articles against the other half.
 */
const STRENGTH = { coverage: 5.8, missing: -0.8, phrases: 1.4, lead: 5.9, least: 4.35 };
/** The lead of most questions, answered or not: says nothing either way. */
const USUAL_LEAD = 0.25;
/** With less of the question no lead over other documents, nor the lack of them, makes an answer. */
const MIN_COVERAGE = 0.25;

/**
 * Reads a passage word by word.
 * @param language of the question
 */
export function readPassage(item: Evidence, language?: Language): ReadPassage {
  const context = WordSet.of([item.title ?? '', ...item.headingPath].join('\n'), language);
  const sentences = quotableSentences(item.content).map((text) => ({
    text,
    words: WordSet.of(text, language),
  }));
  const all = new WordSet([context, ...sentences.map(({ words }) => words)].flatMap(({ words }) => words));
  return { item, context, all, sentences };
}

/** @param passages at least one */
export function answerSigns(
  { weights, phrases }: QuestionTerms,
  passages: readonly ReadPassage[],
): AnswerSigns {
  const coverages = passages.map(({ all }) => all.coverage(weights));
  const best = passages[coverages.indexOf(Math.max(...coverages))];
  return {
    coverage: Math.max(...passages.map((passage) => bestWindow(weights, passage))),
    missing: [...weights.keys()].filter((word) => best.all.presence(word) === 0).length,
    phrases: Math.max(...passages.map(({ all }) => countPhrases(phrases, all.words))),
    lead: leadOf(passages),
  };
}

/** Whether the evidence is likely enough to hold the answer for quoting it. */
export function isAnswerLikely({ coverage, missing, phrases, lead }: AnswerSigns): boolean {
  const strength =
    STRENGTH.coverage * coverage +
    STRENGTH.missing * Math.log1p(missing) +
    STRENGTH.phrases * Math.log1p(phrases) +
    STRENGTH.lead * (lead ?? USUAL_LEAD);
  return coverage >= MIN_COVERAGE && strength >= STRENGTH.least;
}

function bestWindow(weights: ReadonlyMap<string, number>, { context, sentences }: ReadPassage): number {
  const windows = sentences.map((_, i) => [context, ...sentences.slice(i, i + 2).map(({ words }) => words)]);
  return Math.max(0, ...windows.map((window) => coverageOf(weights, window)));
}

function countPhrases(phrases: QuestionTerms['phrases'], words: readonly string[]): number {
  const found = new Set<string>();
  words.forEach((word, i) => {
    for (const other of words.slice(i + 1, i + 1 + NEIGHBOUR_DISTANCE)) found.add(`${word} ${other}`);
  });
  return phrases.filter(([a, b]) => found.has(`${a} ${b}`) || found.has(`${b} ${a}`)).length;
}

function leadOf(passages: readonly ReadPassage[]): number | null {
  const scores = new Map<string, number>();
  for (const { item } of passages)
    scores.set(item.documentId, Math.max(item.score, scores.get(item.documentId) ?? 0));
  const [first, second] = [...scores.values()].sort((a, b) => b - a);
  return second === undefined ? null : first - second;
}
