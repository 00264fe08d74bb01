import type { ProfileWord } from './profile-word';
import type { QuestionType } from './question-type';
import type { AlignedWord, WordAlignment } from './word-alignment';

const PREPOSITIONS = new Set(
  (
    'for in at on as with from during without within under against about of by to into near after before when while if than ' +
    'via through'
  ).split(' '),
);
/** Words that pick one out of many by a measure, besides those in -est. */
const MEASURES = new Set(
  'best worst most least top famous popular important major main good great better cool safe'.split(' '),
);
const NO_SUPERLATIVES = new Set(
  'interest request test quest guest latest forest west invest protest contest harvest suggest digest rest honest arrest'.split(
    ' ',
  ),
);
/** Types that often ask for the same: "how do I", "what is a way to", "is there a way to", "tell me how". */
const KINDRED: ReadonlySet<QuestionType> = new Set(['how', 'what', 'which-one', 'yes-no', 'statement']);

/** Whether one asks for another kind of answer than the other: why and whether, who and when, how and why. */
export function typesClash(a: QuestionType, b: QuestionType): boolean {
  if (a === b || a === 'statement' || b === 'statement') return false;
  if (!KINDRED.has(a) || !KINDRED.has(b)) return true;
  const types = [a, b];
  return !types.includes('how') && types.includes('yes-no');
}

/**
 * Content words that restrict one question where the other has nothing left to say, as "for beginners" does; to 3.
 * Words that merely stand before a noun do not count.
 */
export function oneSidedRestrictions({ left, right }: WordAlignment): number {
  const [bareLeft, bareRight] = [left.some(isBareContent), right.some(isBareContent)];
  if (bareLeft === bareRight) return 0;
  const words = bareLeft ? left : right;
  return Math.min(words.filter((word, i) => isBareContent(word) && followsPreposition(words, i)).length, 3);
}

/** Looks back over grammar, light words and other words that only this question has. */
function followsPreposition(words: readonly AlignedWord[], at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const { word, match } = words[i];
    if (word.weight !== 'function' && word.weight !== 'light' && match !== 'none') return false;
    if (PREPOSITIONS.has(word.form)) return true;
  }
  return false;
}

/** Words that ask for one more of what one has. */
const ADDITIONAL = new Set('another extra second duplicate additional spare more else'.split(' '));

/** Whether only one asks for one more: "order a card" and "order another card". */
export function onlyOneAsksForMore({ left, right }: WordAlignment): boolean {
  const asks = (words: readonly AlignedWord[]) => words.some(({ word }) => ADDITIONAL.has(word.form));
  return asks(left) !== asks(right);
}

/** Words with which somebody says that something cannot be done, each with "not" before or after it, or by itself. */
const ABILITY = new Set('can could able let allow allowed possible'.split(' '));
const INABILITY = new Set(
  'unable impossible declined rejected refused fail failed failing fails cannot'.split(' '),
);

/** Whether only one says that something cannot be done: "I was unable to transfer" and "I do not see my transfer". */
export function onlyOneIsUnable({ left, right }: WordAlignment): boolean {
  return isUnable(left) !== isUnable(right);
}

function isUnable(words: readonly AlignedWord[]): boolean {
  return words.some(
    ({ word }, i) =>
      INABILITY.has(word.form) ||
      (word.form === 'not' &&
        [words[i - 1], words[i + 1]].some((near) => near !== undefined && ABILITY.has(near.word.form))),
  );
}

/** Whether both pick by a measure that the other has not: "the best library" and "the biggest library". */
export function measuresDiffer({ left, right }: WordAlignment): boolean {
  return [left, right].every((words) => words.some(({ word, match }) => match !== 'same' && isMeasure(word)));
}

function isMeasure({ form }: ProfileWord): boolean {
  return MEASURES.has(form) || (/[a-z]{3}est$/.test(form) && !NO_SUPERLATIVES.has(form));
}

function isBareContent({ word, match }: AlignedWord): boolean {
  return match === 'none' && word.weight !== 'function' && word.weight !== 'light';
}
