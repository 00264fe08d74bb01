/** Which passages an answer cites: that of the sentence that it quotes, or all that it was given. */
export const CITATION_STYLES = ['best', 'all'] as const;
export type CitationStyle = (typeof CITATION_STYLES)[number];

/** What a prompt for an answer holds. */
export interface AskedPrompt {
  question: string;
  passages: readonly { n: number; text: string }[];
}

/** Reply to a prompt that asks for something else than an answer. */
const NOTHING_TO_SAY = 'NO_ANSWER';
const SENTENCE_END = /(?<=[.!?])\s+|\n+/;
const WORD = /[\p{L}\p{N}]+/gu;

/**
 * A language model that always answers: it quotes the sentence of the passages that shares most with the question,
 * words in few sentences counting more, and cites its passage.
 */
export function quotingAnswer(messages: readonly { content: string }[], style: CitationStyle): string {
  const asked = readPrompt(messages.at(-1)?.content ?? '');
  if (asked === null || asked.passages.length === 0) return NOTHING_TO_SAY;
  const best = bestSentence(asked);
  const cited = style === 'all' ? asked.passages.map(({ n }) => n) : [best.n];
  return `${best.text} ${cited.map((n) => `[${n}]`).join('')}`;
}

/** The sentence of a text that a place stands in, as it would be quoted. @param at in UTF-16 units */
export function sentenceAround(text: string, at: number): string {
  let start = 0;
  for (const { index, 0: gap } of text.matchAll(new RegExp(SENTENCE_END, 'g'))) {
    if (index >= at) return text.slice(start, index).trim();
    start = index + gap.length;
  }
  return text.slice(start).trim();
}

/** Question and passages of the prompt that asks for an answer; null for any other prompt. */
export function readPrompt(content: string): AskedPrompt | null {
  const start = content.indexOf('[\n');
  // Strings in JSON hold no line end: the first bracket on a line of its own ends it.
  const end = content.indexOf('\n]\n', start);
  if (start < 0 || end < 0) return null;
  const question = /^\s*Question: ([\s\S]*)$/.exec(content.slice(end + 3))?.[1];
  if (question === undefined) return null;
  const blocks = JSON.parse(content.slice(start, end + 2)) as { passages: { n: number; text: string }[] }[];
  return { question, passages: blocks.flatMap(({ passages }) => passages) };
}

function bestSentence({ question, passages }: AskedPrompt): { n: number; text: string } {
  const sentences = passages.flatMap(({ n, text }) =>
    text
      .split(SENTENCE_END)
      .filter((sentence) => sentence.trim() !== '')
      .map((sentence) => ({ n, text: sentence.trim(), words: wordsOf(sentence) })),
  );
  const asked = wordsOf(question);
  const sentencesWith = (word: string) => sentences.filter(({ words }) => words.has(word)).length;
  const weights = new Map([...asked].map((word) => [word, 1 / Math.max(1, sentencesWith(word))]));
  const score = ({ words }: { words: ReadonlySet<string> }) =>
    [...weights].reduce((sum, [word, weight]) => sum + (words.has(word) ? weight : 0), 0);
  return sentences.reduce((best, sentence) => (score(sentence) > score(best) ? sentence : best));
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(WORD) ?? []);
}
