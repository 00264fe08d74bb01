import english from '../../text-analysis/data/english.json';
import { ENGLISH, type Language } from '../../text-analysis/languages';
import { readWords, type Word } from '../../text-analysis/words';

/** What kind of thing a question asks for, as far as its own words say. */
export type AnswerKind = 'number' | 'name' | 'other';

/** A question as the extractive writer reads it. */
export interface QuestionTerms {
  /** That its words, and those of the evidence, are read as. */
  language: Language;
  /** Weight (> 0) of each distinct content word, by its stem. */
  weights: ReadonlyMap<string, number>;
  /** Those of them that are names or hold digits: an answer that speaks of others answers another question. */
  names: ReadonlySet<string>;
  /** Content words that follow each other, each pair once. */
  phrases: readonly (readonly [string, string])[];
  answerKind: AnswerKind;
}

/** Longer words are rarer, and so more telling; beyond this no more. */
const LONGEST_TOLD_APART = 9;
/** A name says more than another word of its length, however short it is. */
const NAME = { letters: 6, factor: 1.4 };
/** Words that fit into any question say less of what it is about than others of their length. */
const GENERAL_FACTOR = 0.4;
const GENERAL = new Set(english.generalWords.split(' ').map((word) => ENGLISH.stem(word)));

const ASKS_FOR_NUMBER =
  /\bhow (?:many|much|long|far|old|tall|large|big|high|deep|fast|heavy|often|frequently)\b|\bwhen\b|\b(?:what|which) (?:percent(?:age)?|number|amount|population|year|date|day|month|decade|century|age|share|price)\b/iu;
const ASKS_FOR_NAME =
  /\b(?:who|whom|whose|where)\b|\b(?:what|which) (?:city|country|person|man|woman|state|company|team|player|place|nation|region|continent|university|organi[sz]ation)\b/iu;

/** Reads a question. */
export function readQuestion(question: string): QuestionTerms {
  const { words, language } = readWords(question);
  const content = words.filter(({ isStopWord }) => !isStopWord);
  const names = new Set(
    content.filter((word) => isName(word, word === words[0], language)).map(({ stem }) => stem),
  );
  const pairs = content.slice(1).map(({ stem }, i) => [content[i].stem, stem] as const);
  return {
    language,
    weights: new Map(content.map((word) => [word.stem, weightOf(word, names.has(word.stem))])),
    names,
    phrases: [...new Map(pairs.map((pair) => [pair.join(' '), pair])).values()],
    answerKind: ASKS_FOR_NUMBER.test(question) ? 'number' : ASKS_FOR_NAME.test(question) ? 'name' : 'other',
  };
}

/** By a digit, or by its capital where that tells names: not at the beginning, and not in German. */
function isName({ written }: Word, isFirst: boolean, { capitalisesNouns }: Language): boolean {
  return /\p{N}/u.test(written) || (!isFirst && !capitalisesNouns && /^\p{Lu}/u.test(written));
}

function weightOf({ written, stem }: Word, named: boolean): number {
  const letters = Math.min(stem.length, LONGEST_TOLD_APART);
  if (/\p{Lu}.*\p{Lu}/u.test(written)) return LONGEST_TOLD_APART * NAME.factor;
  if (named) return Math.max(letters, NAME.letters) * NAME.factor;
  return GENERAL.has(stem) ? letters * GENERAL_FACTOR : letters;
}
