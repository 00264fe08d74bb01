import {
  exclusiveGroupsOf,
  isEnglish,
  isFrameWord,
  isFunctionWord,
  isHowWord,
  isLightWord,
  isNegation,
  oppositeSidesOf,
  phrasesFrom,
  synonymGroupsOf,
} from './lexicon/lexicon';
import { numberValueOf, readFacts, type QuestionFacts } from './question-facts';
import type { ProfileWord, WordWeight } from './profile-word';
import { readTokens, type Token } from './question-token';
import { questionTypeOf, type QuestionType } from './question-type';
import { spellingOf } from './word-alignment';
import { lemmasOf } from './word-lemma';

/** What the verifier knows of one question; made once per text and kept beside a stored candidate. */
export interface QuestionProfile {
  /** The text as it was asked. */
  readonly text: string;
  /** Words and phrases in order, function words included. */
  readonly words: readonly ProfileWord[];
  /** The distinct forms of the words. */
  readonly forms: ReadonlySet<string>;
  readonly facts: QuestionFacts;
  /** Whether an odd number of negations stands in it. */
  readonly isNegated: boolean;
  readonly type: QuestionType;
  readonly sentenceCount: number;
  /** Whether it ends in a further question that leans on the one before ("… And for gift cards?"). */
  readonly asksFurther: boolean;
  /** Whether it is in English; the lexicon says nothing of other languages. */
  readonly isEnglish: boolean;
}

const FURTHER_QUESTION =
  /[?.!]\s*(?:(?:and|or|also)\s+(?:for|in|of|on|at|with|by|from|to|about)|(?:and\s+)?(?:what|how) about)\b/i;

/** Reads a question once, so that it can be compared with many. Pure; linear in the length of the text. */
export function profileQuestion(text: string): QuestionProfile {
  const tokens = readTokens(text);
  const sentences: string[][] = [];
  for (const token of tokens) {
    if (token.startsSentence || sentences.length === 0) sentences.push([]);
    sentences[sentences.length - 1].push(token.form);
  }
  const type = questionTypeOf(sentences);
  const words = readWords(tokens, type);
  return {
    text,
    words,
    forms: new Set(words.map((word) => word.form)),
    facts: readFacts(tokens),
    isNegated: tokens.filter((token) => isNegation(token.form)).length % 2 === 1,
    type,
    sentenceCount: sentences.length,
    asksFurther: asksFurther(text),
    isEnglish: isEnglish(tokens.map((token) => token.form)),
  };
}

function asksFurther(text: string): boolean {
  const end = text.trimEnd();
  if (!end.endsWith('?')) return false;
  const before = end.slice(0, -1);
  return FURTHER_QUESTION.test(before.slice(Math.max(0, before.lastIndexOf('?'))));
}

function readWords(tokens: readonly Token[], type: QuestionType): ProfileWord[] {
  const words: ProfileWord[] = [];
  for (let i = 0; i < tokens.length;) {
    const phrase = phraseAt(tokens, i);
    const form = phrase?.join('_') ?? '';
    words.push(phrase === undefined ? toWord(tokens, i, type) : describe(form, [form], 'known'));
    i += phrase?.length ?? 1;
  }
  return words;
}

function phraseAt(tokens: readonly Token[], at: number): readonly string[] | undefined {
  for (const lemma of lemmasOf(tokens[at].form)) {
    for (const parts of phrasesFrom(lemma)) {
      if (parts.every((part, k) => k === 0 || tokens[at + k]?.form === part)) return parts;
    }
  }
  return undefined;
}

function toWord(tokens: readonly Token[], at: number, type: QuestionType): ProfileWord {
  const token = tokens[at];
  const value = token.kind === 'identifier' ? token.form : numberValueOf(tokens, at);
  if (value !== undefined) return { ...describe(value, [value], 'name'), isNumber: true };
  const lemmas = lemmasOf(token.form);
  // "US" and "IT" are names where capitals tell; "us" and "it" are grammar.
  const isGrammar = isFunctionWord(token.form) || isNegation(token.form);
  if (isGrammar && !(token.isAcronym && token.form.length === 2))
    return describe(token.form, lemmas, 'function');
  if (tokens[at - 1]?.form === 'how' && isHowWord(token.form))
    return describe(token.form, lemmas, 'function');
  if (token.isName) return describe(token.form, lemmas, 'name');
  if (isLightWord(lemmas) || isFrameWord(type, lemmas)) return describe(token.form, lemmas, 'light');
  const word = describe(token.form, lemmas, 'specific');
  return word.synonyms.length + word.opposites.length > 0 ? { ...word, weight: 'known' } : word;
}

function describe(form: string, lemmas: readonly string[], weight: WordWeight): ProfileWord {
  return {
    form,
    lemmas,
    spelling: spellingOf(form),
    weight,
    isNumber: false,
    synonyms: synonymGroupsOf(lemmas),
    opposites: oppositeSidesOf(lemmas),
    exclusives: exclusiveGroupsOf(lemmas),
  };
}
