import { ANTONYMS } from './antonyms';
import { MODIFIER_SYNONYMS } from './synonym-modifiers';
import { NOUN_SYNONYMS } from './synonym-nouns';
import { PEOPLE_AND_PLACE_SYNONYMS } from './synonym-people-places';
import { TRADE_VERB_SYNONYMS } from './synonym-trade-verbs';
import { VERB_SYNONYMS } from './synonym-verbs';
import {
  COMPARATIVES,
  DENYING_VERBS,
  ENGLISH_GRAMMAR,
  EXCLUSIVE_GROUPS,
  FOREIGN_GRAMMAR,
  FRAME_WORDS,
  FUNCTION_WORDS,
  HOW_WORDS,
  LIGHT_WORDS,
  NEGATIONS,
  RELATION_WORDS,
} from './word-classes';

/** Numbers of the groups that a word belongs to; empty for a word the lexicon does not know. */
type Groups = readonly number[];
const NONE: Groups = [];

const synonymGroups = groupsOf(
  [VERB_SYNONYMS, TRADE_VERB_SYNONYMS, NOUN_SYNONYMS, PEOPLE_AND_PLACE_SYNONYMS, MODIFIER_SYNONYMS]
    .flatMap(linesOf)
    .map((line) => [line]),
);
/** Side 2i and side 2i + 1 are opposites. */
const oppositeSides = groupsOf(linesOf(ANTONYMS).map((line) => line.split('|')));
const exclusiveGroups = groupsOf(linesOf(EXCLUSIVE_GROUPS).map((line) => [line]));
const functionWords = wordsOf(FUNCTION_WORDS);
const lightWords = wordsOf(`${LIGHT_WORDS} ${RELATION_WORDS}`);
const negations = wordsOf(NEGATIONS);
const denyingVerbs = wordsOf(DENYING_VERBS);
const englishGrammar = wordsOf(ENGLISH_GRAMMAR);
const foreignGrammar = wordsOf(FOREIGN_GRAMMAR);
const comparatives = wordsOf(COMPARATIVES);
const frameWords = new Map(Object.entries(FRAME_WORDS).map(([type, words]) => [type, wordsOf(words)]));
const howWords = wordsOf(HOW_WORDS);
const phrases = new Map<string, string[][]>();
for (const word of [...synonymGroups.keys(), ...oppositeSides.keys()]) {
  if (!word.includes('_')) continue;
  const parts = word.split('_');
  phrases.set(
    parts[0],
    [...(phrases.get(parts[0]) ?? []), parts].sort((a, b) => b.length - a.length),
  );
}

function wordsOf(table: string): ReadonlySet<string> {
  return new Set(table.trim().split(/\s+/));
}

function linesOf(table: string): string[] {
  return table.trim().split('\n');
}

function groupsOf(lines: readonly string[][]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  let next = 0;
  for (const sides of lines) {
    for (const side of sides) {
      for (const word of side.trim().split(/\s+/)) groups.set(word, [...(groups.get(word) ?? []), next]);
      next++;
    }
  }
  return groups;
}

function lookUp(table: ReadonlyMap<string, number[]>, lemmas: readonly string[]): Groups {
  if (lemmas.length === 1) return table.get(lemmas[0]) ?? NONE;
  const found = lemmas.flatMap((lemma) => table.get(lemma) ?? NONE);
  return found.length === 0 ? NONE : found;
}

/** Groups of words that mean the same in a question. */
export function synonymGroupsOf(lemmas: readonly string[]): Groups {
  return lookUp(synonymGroups, lemmas);
}

/** Sides of opposites; `side ^ 1` is the other side. */
export function oppositeSidesOf(lemmas: readonly string[]): Groups {
  return lookUp(oppositeSides, lemmas);
}

/** Groups of words of which a question means one or the other. */
export function exclusiveGroupsOf(lemmas: readonly string[]): Groups {
  return lookUp(exclusiveGroups, lemmas);
}

/** Whether a word is grammar rather than content. */
export function isFunctionWord(word: string): boolean {
  return functionWords.has(word);
}

/** Whether a word is so general that its absence hardly matters. */
export function isLightWord(lemmas: readonly string[]): boolean {
  return lemmas.some((lemma) => lightWords.has(lemma));
}

/** Whether a word only spells out what kind of question it is, e.g. "reason" in a why-question. */
export function isFrameWord(type: string, lemmas: readonly string[]): boolean {
  const words = frameWords.get(type);
  return words !== undefined && lemmas.some((lemma) => words.has(lemma));
}

/** Whether a word after "how" is part of the question word, as in "how many". */
export function isHowWord(word: string): boolean {
  return howWords.has(word);
}

/** Whether a word turns a statement round. */
export function isNegation(word: string): boolean {
  return negations.has(word);
}

/**
 * Whether words are English as far as grammar tells: the lexicon knows nothing of other languages, not even how they
 * say "not".
 */
export function isEnglish(words: readonly string[]): boolean {
  const english = words.filter((word) => englishGrammar.has(word)).length;
  const foreign = words.filter((word) => foreignGrammar.has(word) && !englishGrammar.has(word)).length;
  const otherScript = words.filter((word) => /\p{L}/u.test(word) && !/\p{Script=Latin}/u.test(word)).length;
  return english > 0 && foreign <= english && otherScript * 2 < words.length;
}

/** Whether a verb keeps what follows from happening, as "prevent" does. */
export function isDenyingVerb(lemmas: readonly string[]): boolean {
  return lemmas.some((lemma) => denyingVerbs.has(lemma));
}

/** Whether a word compares. */
export function isComparative(word: string): boolean {
  return comparatives.has(word) || /(?:er|est)$/.test(word);
}

/** The phrases (longest first, as word lists) that begin with a word. */
export function phrasesFrom(word: string): readonly string[][] {
  return phrases.get(word) ?? [];
}
