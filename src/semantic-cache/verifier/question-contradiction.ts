import type { DifferenceReason } from './difference-reason';
import { isComparative, isDenyingVerb } from './lexicon/lexicon';
import type { NumberFact } from './question-facts';
import type { ProfileWord } from './profile-word';
import type { QuestionProfile } from './question-profile';
import type { QuestionType } from './question-type';
import { isRoleReversed } from './role-reversal';
import { sharesAny, wordOverlap, type AlignedWord, type WordAlignment } from './word-alignment';

/**
 * From this share of common words on, one question is an edit of the other, and "not" turns it round. Another wording
 * may say the same with and without it ("has not arrived", "is missing"): there it is left to the score.
 */
const EDIT_WORD_OVERLAP = 0.45;

/**
 * What makes two questions surely different, however alike they sound; null if nothing does. Symmetric.
 * @param alignment of the words of `a` (left) and `b` (right)
 */
export function findContradiction(
  a: QuestionProfile,
  b: QuestionProfile,
  alignment: WordAlignment,
): DifferenceReason | null {
  const left = alignment.left.filter(({ match }) => match !== 'same').map(({ word }) => word);
  const right = alignment.right.filter(({ match }) => match !== 'same').map(({ word }) => word);
  const isEdit = wordOverlap(a.forms, b.forms) >= EDIT_WORD_OVERLAP;
  const uncovered = [...alignment.left, ...alignment.right].filter(({ match }) => match === 'none');
  return (
    differingNumbers(a.facts.numbers, b.facts.numbers) ??
    (a.facts.identifiers.join(' ') === b.facts.identifiers.join(' ') ? null : 'identifier') ??
    (datesContradict(a.facts.dates, b.facts.dates) ? 'date' : null) ??
    ((isEdit && a.isNegated !== b.isNegated) || isNegatingPair(left, right) ? 'negation' : null) ??
    opposite(left, right) ??
    (uncovered.some(({ word }) => isDenyingVerb(word.lemmas)) ? 'negation' : null) ??
    (hasExclusivePair(left, right) ? 'entity' : null) ??
    swappedWord(alignment) ??
    (asksForOther(a.type, b.type) ? 'question-word' : null) ??
    (isRoleReversed(a.words, b.words) ? 'direction' : null) ??
    (a.asksFurther === b.asksFurther ? null : 'further-question') ??
    unreadable(a, b, alignment)
  );
}

/** Questions that each say by their first words what kind of thing the answer is: a time, a place, a person … */
const SPECIFIC_TYPES: ReadonlySet<QuestionType> = new Set<QuestionType>([
  'why',
  'when',
  'where',
  'who',
  'how-much',
  'how-many',
  'how-long',
  'how-old',
  'how-other',
]);

/** A time and a duration may be the same answer ("When …?", "How long until …?"); nothing else of these may. */
function asksForOther(a: QuestionType, b: QuestionType): boolean {
  if (a === b || !SPECIFIC_TYPES.has(a) || !SPECIFIC_TYPES.has(b)) return false;
  return !(['when', 'how-long'].includes(a) && ['when', 'how-long'].includes(b));
}

/**
 * What cannot be judged is different: questions without a common word, and those in languages that the lexicon does
 * not know, unless they are the same words in the same order.
 */
function unreadable(
  a: QuestionProfile,
  b: QuestionProfile,
  alignment: WordAlignment,
): DifferenceReason | null {
  if (![alignment.left, alignment.right].every((words) => words.some(hasCounterpart))) return 'rare-word';
  if (a.isEnglish && b.isEnglish) return null;
  const isSame =
    a.words.length === b.words.length && a.words.every((word, i) => word.form === b.words[i].form);
  return isSame ? null : 'rare-word';
}

function hasCounterpart({ match, word }: AlignedWord): boolean {
  return match !== 'none' && word.weight !== 'function';
}

/** Numbers of one question that the other lacks, on either side, or equal numbers of different things. */
function differingNumbers(a: readonly NumberFact[], b: readonly NumberFact[]): DifferenceReason | null {
  const missing = [...lacking(a, b), ...lacking(b, a)];
  if (missing.length > 0) {
    const kinds = new Set(missing.map((fact) => fact.kind));
    if (kinds.size > 1) return 'number';
    return kinds.has('year') ? 'date' : kinds.has('version') ? 'version' : 'number';
  }
  return hasOtherUnit(a, b) || hasOtherUnit(b, a) ? 'unit' : null;
}

/** Whether a number of one question stands in the other with other units only. */
function hasOtherUnit(facts: readonly NumberFact[], others: readonly NumberFact[]): boolean {
  return facts.some(({ value, unit }) => {
    const twins = others.filter((other) => other.value === value);
    return unit !== '' && twins.every((twin) => twin.unit !== '' && twin.unit !== unit);
  });
}

function lacking(facts: readonly NumberFact[], others: readonly NumberFact[]): NumberFact[] {
  return facts.filter((fact) => !others.some((other) => other.value === fact.value));
}

/** Each names a date that the other lacks; a date on one side only is left to the score. */
function datesContradict(a: readonly string[], b: readonly string[]): boolean {
  return a.some((date) => !b.includes(date)) && b.some((date) => !a.includes(date));
}

const NEGATING_PREFIXES = new Set(['un', 'in', 'im', 'il', 'ir', 'dis', 'non', 'mis', 'de']);

/** `safe` in one and `unsafe` in the other. */
function isNegatingPair(left: readonly ProfileWord[], right: readonly ProfileWord[]): boolean {
  return left.some((x) => right.some((y) => negates(x, y) || negates(y, x)));
}

function negates(long: ProfileWord, short: ProfileWord): boolean {
  return long.lemmas.some((form) =>
    short.lemmas.some(
      (base) => base.length > 2 && form.endsWith(base) && NEGATING_PREFIXES.has(form.slice(0, -base.length)),
    ),
  );
}

function opposite(left: readonly ProfileWord[], right: readonly ProfileWord[]): DifferenceReason | null {
  for (const x of left) {
    for (const y of right) {
      if (!x.opposites.some((side) => y.opposites.includes(side ^ 1))) continue;
      return isComparative(x.form) && isComparative(y.form) ? 'comparative' : 'antonym';
    }
  }
  return null;
}

function hasExclusivePair(left: readonly ProfileWord[], right: readonly ProfileWord[]): boolean {
  return left.some((x) =>
    right.some((y) => sharesAny(x.exclusives, y.exclusives) && !sharesAny(x.synonyms, y.synonyms)),
  );
}

/** A name for a name, or one word outside the lexicon for another where nothing else differs: another subject. */
function swappedWord(alignment: WordAlignment): DifferenceReason | null {
  const [left, right] = [alignment.left, alignment.right].map((words) =>
    words.filter(
      ({ match, word }) => match === 'none' && word.weight !== 'function' && word.weight !== 'light',
    ),
  );
  if ([left, right].every((words) => words.some(({ word }) => word.weight === 'name'))) return 'entity';
  const isSwap =
    left.length === 1 &&
    right.length === 1 &&
    [...left, ...right].every(({ word }) => word.weight !== 'known');
  return isSwap ? 'rare-word' : null;
}
