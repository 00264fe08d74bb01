import questionWords from '../../text-analysis/data/question-words.json';
import { isPlainText } from '../../text-analysis/question-focus';
import { readWords, type Word } from '../../text-analysis/words';

/** What kind of thing an answer is; `unknown` where the words of a question do not tell. */
export type AnswerKind =
  | 'time'
  | 'place'
  | 'person'
  | 'reason'
  | 'manner'
  | 'quantity'
  | 'duration'
  | 'age'
  | 'frequency'
  | 'thing'
  | 'unknown';

/** A question as the verifier reads it. */
export interface Question {
  readonly text: string;
  readonly words: readonly Word[];
  readonly language: string;
  readonly answerKind: AnswerKind;
  /** Stem of the first content word after the question word: what is asked for; null if there is none. */
  readonly askedFor: string | null;
}

const KIND_OF = new Map<string, AnswerKind>();
for (const [kind, words] of Object.entries(questionWords))
  for (const word of words.split(' ')) KIND_OF.set(word, kind as AnswerKind);

/** Nouns after "what" or "which" that say the kind of the answer. */
const NOUN_KINDS: Readonly<Record<string, AnswerKind>> = {
  ...kinds('time', 'year years date day days month century decade time'),
  ...kinds('place', 'city country place location state region continent county town'),
  ...kinds('quantity', 'percentage percent number amount proportion'),
  ...kinds('person', 'person people'),
  ...kinds('reason', 'reason reasons cause causes'),
};
/** Words after "how" that say the kind of the answer. */
const HOW_KINDS: Readonly<Record<string, AnswerKind>> = {
  ...kinds('quantity', 'many much far big tall high large deep wide fast heavy'),
  ...kinds('duration', 'long'),
  ...kinds('age', 'old'),
  ...kinds('frequency', 'often frequently'),
  ...kinds('reason', 'come'),
};
/** "What is the number of …": so many words after "what" still say its kind. */
const NOUN_REACH = 4;
const AMOUNTS = new Set('number amount percentage total cost price fee population'.split(' '));

function kinds(kind: AnswerKind, words: string): Record<string, AnswerKind> {
  return Object.fromEntries(words.split(' ').map((word) => [word, kind]));
}

/** Longer texts are found by their very words alone: an embedding model may read no more than so many of them. */
const MAX_COMPARED_WORDS = 80;

/** Whether other questions may share the answer: it is short enough, and holds nothing that readers do not see. */
export function isComparable(focus: string): boolean {
  return (
    isPlainText(focus) && focus.trim().split(/\s+/u, MAX_COMPARED_WORDS + 1).length <= MAX_COMPARED_WORDS
  );
}

/** Reads a question once, for any number of comparisons. */
export function readQuestion(text: string): Question {
  const { words, language } = readWords(text);
  const at = words.findIndex(({ form }) => KIND_OF.has(form));
  return {
    text,
    words,
    language: language.name,
    answerKind: at < 0 ? 'unknown' : answerKindOf(words, at),
    askedFor: at < 0 ? null : (words.slice(at + 1).find(({ isFunction }) => !isFunction)?.stem ?? null),
  };
}

function answerKindOf(words: readonly Word[], at: number): AnswerKind {
  const kind = KIND_OF.get(words[at].form)!;
  const following = words.slice(at + 1, at + 1 + NOUN_REACH).map(({ form }) => form);
  if (words[at].form === 'how') {
    if (following[0] === 'much' && following[1] === 'time') return 'duration';
    return HOW_KINDS[following[0]] ?? kind;
  }
  if (kind !== 'thing') return kind;
  if (NOUN_KINDS[following[0]] !== undefined) return NOUN_KINDS[following[0]];
  if (['is', 'was', 'are', 'were'].includes(following[0])) {
    if (following.some((form) => AMOUNTS.has(form))) return 'quantity';
    if (following.some((form) => NOUN_KINDS[form] === 'reason')) return 'reason';
  }
  return kind;
}

/** Whether two questions surely ask for answers of different kinds. */
export function asksForOtherKind(a: Question, b: Question): boolean {
  const [x, y] = [a.answerKind, b.answerKind];
  if (x === y || isOpen(x) || isOpen(y)) return false;
  // "When does it end?" and "How long does it last?" may have one answer.
  return !(isOfTime(x) && isOfTime(y));
}

/** Whether the question's words leave the kind of the answer open. */
export function isOpen(kind: AnswerKind): boolean {
  return kind === 'unknown' || kind === 'thing';
}

function isOfTime(kind: AnswerKind): boolean {
  return kind === 'time' || kind === 'duration' || kind === 'frequency';
}
