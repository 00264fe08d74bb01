import {
  measuresDiffer,
  oneSidedRestrictions,
  onlyOneAsksForMore,
  onlyOneIsUnable,
  typesClash,
} from './difference-shape';
import type { ProfileWord, WordWeight } from './profile-word';
import type { QuestionProfile } from './question-profile';
import type { QuestionType } from './question-type';
import { wordOverlap, type AlignedWord, type WordAlignment } from './word-alignment';

/**
 * What the score is made of; each is symmetric in the two questions. "Uncovered" words are those that the other
 * question neither has, nor says in other words; "content" leaves out grammar and light words.
 */
export interface PairFeatures {
  /** Cosine similarity, -1 to 1. */
  cosine: number;
  /** The same where no content word is uncovered, else 0. */
  cosineIfCovered: number;
  /** The same, times the share of content words that are covered. */
  cosineTimesCoverage: number;
  /** Uncovered content words of the question that has fewer (to 5) and more of them (to 8). */
  uncoveredFewer: number;
  uncoveredMore: number;
  /** Uncovered words of both by weight: names (to 3), words of the lexicon (to 5), light words (to 5). */
  uncoveredNames: number;
  uncoveredKnown: number;
  uncoveredLight: number;
  /** Words covered by a synonym only (to 6). */
  synonyms: number;
  /** Words that both have: names (to 3), specific words (to 4), words of the lexicon (to 4). */
  sharedNames: number;
  sharedSpecific: number;
  sharedKnown: number;
  /** ln(1 + content words) of the question that has fewer, and more; ln of the longer one's words. */
  contentFewerLog: number;
  contentMoreLog: number;
  lengthLog: number;
  /** 1 where the questions' types differ; where only one is a statement, a yes-no question, a how-question. */
  typeDiffers: number;
  oneIsStatement: number;
  oneIsYesNo: number;
  oneIsHow: number;
  /** 1 where they ask for answers of another kind. */
  typesClash: number;
  /** Words that restrict only one question (to 3); 1 where both pick by another measure. */
  restrictions: number;
  measuresDiffer: number;
  /** 1 where only one is negated. */
  oneIsNegated: number;
  /** 1 where only one says that something cannot be done; asks for one more of something. */
  oneIsUnable: number;
  oneAsksForMore: number;
  /** Difference in the number of sentences (to 3). */
  sentences: number;
  /** 0 where the first (last) content words of both are uncovered, else 1. */
  opensAlike: number;
  endsAlike: number;
  /** 1 where the auxiliary verbs differ in kind; the same for two yes-no questions. */
  modalDiffers: number;
  modalDiffersInYesNo: number;
  /** Words among who, when, where, why, how that only one has (to 3). */
  questionWords: number;
  /** 1 where only one speaks in the first person. */
  onePersonal: number;
  /** 1 where one tells of the asker's own case: it says my, me or mine, or is a statement. */
  ownCase: number;
  /** Uncovered words that place things: before, without, more, first … (to 3). */
  relations: number;
  /** Shared distinct words as a share of all, 0 to 1. */
  wordOverlap: number;
}

const MODALS: ReadonlyArray<ReadonlySet<string>> = [
  'can could may might',
  'should must ought shall',
  'will would',
  'do does did',
  'is are was were am',
].map((words) => new Set(words.split(' ')));
const QUESTION_WORDS = ['who', 'when', 'where', 'why', 'how'];
const FIRST_PERSON = ['i', 'me', 'my', 'mine', 'myself'];
const OWN = ['my', 'me', 'mine'];
const RELATIONS = new Set(
  (
    'before after since until till without during against under over above below behind beneath beyond near outside inside ' +
    'instead except besides despite because due while once prior more less least first last next'
  ).split(' '),
);

/**
 * Describes a pair of questions.
 * @param alignment of the words of `a` (left) and `b` (right)
 * @param cosine cosine similarity of their vectors
 */
export function pairFeatures(
  a: QuestionProfile,
  b: QuestionProfile,
  alignment: WordAlignment,
  cosine: number,
): PairFeatures {
  const { left, right } = alignment;
  const all = [...left, ...right];
  const [contentLeft, contentRight] = [count(left, isContent), count(right, isContent)];
  const [bareLeft, bareRight] = [count(left, isUncoveredContent), count(right, isUncoveredContent)];
  const content = contentLeft + contentRight;
  const uncovered = (weight: WordWeight, limit: number) =>
    Math.min(
      count(all, (x) => x.match === 'none' && x.word.weight === weight),
      limit,
    );
  const shared = (weight: WordWeight, limit: number) => {
    const has = (x: AlignedWord) => x.match === 'same' && x.word.weight === weight;
    return Math.min(count(left, has), count(right, has), limit);
  };
  const modalDiffers = Number(modalOf(a.words) !== modalOf(b.words));
  const oneIs = (type: QuestionType) => Number((a.type === type) !== (b.type === type));
  return {
    cosine,
    cosineIfCovered: bareLeft + bareRight === 0 ? cosine : 0,
    cosineTimesCoverage: (cosine * (content - bareLeft - bareRight)) / Math.max(1, content),
    uncoveredFewer: Math.min(bareLeft, bareRight, 5),
    uncoveredMore: Math.min(Math.max(bareLeft, bareRight), 8),
    uncoveredNames: uncovered('name', 3),
    uncoveredKnown: uncovered('known', 5),
    uncoveredLight: uncovered('light', 5),
    synonyms: Math.min(
      count(all, (x) => x.match === 'synonym' && x.word.weight !== 'function'),
      6,
    ),
    sharedNames: shared('name', 3),
    sharedSpecific: shared('specific', 4),
    sharedKnown: shared('known', 4),
    contentFewerLog: Math.log1p(Math.min(contentLeft, contentRight)),
    contentMoreLog: Math.log1p(Math.max(contentLeft, contentRight)),
    lengthLog: Math.log(Math.max(1, a.words.length, b.words.length)),
    typeDiffers: Number(a.type !== b.type),
    oneIsStatement: oneIs('statement'),
    oneIsYesNo: oneIs('yes-no'),
    oneIsHow: oneIs('how'),
    typesClash: Number(typesClash(a.type, b.type)),
    restrictions: oneSidedRestrictions(alignment),
    oneIsNegated: Number(a.isNegated !== b.isNegated),
    oneIsUnable: Number(onlyOneIsUnable(alignment)),
    oneAsksForMore: Number(onlyOneAsksForMore(alignment)),
    measuresDiffer: Number(measuresDiffer(alignment)),
    sentences: Math.min(Math.abs(a.sentenceCount - b.sentenceCount), 3),
    opensAlike: Number(!(isBare(left.find(isMeaningful)) && isBare(right.find(isMeaningful)))),
    endsAlike: Number(!(isBare(left.findLast(isMeaningful)) && isBare(right.findLast(isMeaningful)))),
    modalDiffers,
    modalDiffersInYesNo: a.type === 'yes-no' && b.type === 'yes-no' ? modalDiffers : 0,
    questionWords: Math.min(
      QUESTION_WORDS.filter((word) => a.forms.has(word) !== b.forms.has(word)).length,
      3,
    ),
    onePersonal: Number(hasAny(a.forms, FIRST_PERSON) !== hasAny(b.forms, FIRST_PERSON)),
    ownCase: Number(isOwnCase(a) || isOwnCase(b)),
    relations: Math.min(
      count(all, (x) => x.match === 'none' && RELATIONS.has(x.word.form)),
      3,
    ),
    wordOverlap: wordOverlap(a.forms, b.forms),
  };
}

function count(words: readonly AlignedWord[], is: (word: AlignedWord) => boolean): number {
  let n = 0;
  for (const word of words) if (is(word)) n++;
  return n;
}

function isMeaningful({ word }: AlignedWord): boolean {
  return word.weight !== 'function';
}

function isContent({ word }: AlignedWord): boolean {
  return word.weight !== 'function' && word.weight !== 'light';
}

function isUncoveredContent(aligned: AlignedWord): boolean {
  return aligned.match === 'none' && isContent(aligned);
}

function isBare(aligned: AlignedWord | undefined): boolean {
  return aligned !== undefined && aligned.match === 'none';
}

function isOwnCase({ type, forms }: QuestionProfile): boolean {
  return type === 'statement' || hasAny(forms, OWN);
}

function modalOf(words: readonly ProfileWord[]): number {
  return MODALS.findIndex((modal) => words.slice(0, 3).some((word) => modal.has(word.form)));
}

function hasAny(forms: ReadonlySet<string>, words: readonly string[]): boolean {
  return words.some((word) => forms.has(word));
}
