import { splitContraction } from './contractions';
import english from './data/english.json';
import { type Language, languageOf } from './languages';
import { hasUnspacedScript, segmentWords } from './unspaced-scripts';
import { wordMap } from './word-lists';

export type WordKind = 'word' | 'number' | 'identifier';

/** A word of a text. */
export interface Word {
  /** As it stands in the text (in NFKC), without punctuation around it. */
  readonly written: string;
  /** Lower case, without punctuation around it. */
  readonly form: string;
  /** Equal for the inflected forms of one word, and for the spellings of one number; of an identifier its form. */
  readonly stem: string;
  readonly kind: WordKind;
  /** Carries grammar, not content. */
  readonly isFunction: boolean;
  readonly isNegation: boolean;
  /** Says nothing of what the text is about: one of its language's `stopWords`. */
  readonly isStopWord: boolean;
  /** Written with a capital inside a sentence: probably a name. */
  readonly isName: boolean;
  /** Stands in a text without any capital, so that only other texts can tell whether it is a name. */
  readonly mayBeName: boolean;
  /** The hyphenated word that it is a part of, in lower case. */
  readonly compound?: string;
}

/** A text's words, in order, and the language that they were read as. */
export interface ReadText {
  readonly words: readonly Word[];
  readonly language: Language;
}

interface RawWord {
  text: string;
  startsSentence: boolean;
  compound?: string;
}

const EDGE = /[\p{L}\p{N}\p{Sc}]/u;
const LETTERS = /\p{L}/u;
/** Most words: no mark to look at. */
const PLAIN = /^[a-z]+$/i;
const DIGIT = /\d/;
const SENTENCE_END = /[.?!:;]/;
const APOSTROPHES = /[’‘`´]/gu;
const NUMBER = /^(\p{Sc}?)(\d[\d,]{0,30}(?:\.\d{1,20}){0,4})(st|nd|rd|th|s)?$/u;
/** What a magnitude such as "million" multiplies. */
const MULTIPLIED = /^(\p{Sc}?)([\d.]+)$/u;
/** `US`, `I.T.`: no pronoun, though it is spelled like one. */
const ACRONYM = /^\p{Lu}\.?\p{Lu}/u;

const numbers = wordMap(english.numbers);
const magnitudes = wordMap(english.magnitudes);

/**
 * Reads the words of a text in one pass; the work grows with its length.
 * @param as the language to read it as; what its own words tell where it is left out
 */
export function readWords(text: string, as?: Language): ReadText {
  const raws = splitWords(
    text
      .normalize('NFKC')
      .replace(APOSTROPHES, "'")
      .replace(/(?<=\d)\s?%/gu, ' percent'),
  );
  const language = as ?? languageOf(raws.flatMap(({ text: raw }) => splitContraction(raw.toLowerCase())));
  // Where every word has a capital, grammar included, or none, capitals tell nothing about names; nor do they where all nouns have one.
  const inner = raws.filter(({ startsSentence }) => !startsSentence);
  const tellsNames =
    !language.capitalisesNouns &&
    (inner.some(({ text: raw }) => /^\p{Ll}/u.test(raw)) ||
      !inner.some(({ text: raw }) => language.functionWords.has(raw.toLowerCase())));
  const mayBeName = !raws.some(({ text: raw }) => isCapital(raw));
  const words: Word[] = [];
  for (const raw of raws) pushWord(words, raw, language, { tellsNames, mayBeName });
  return { words, language };
}

function splitWords(text: string): RawWord[] {
  const raws: RawWord[] = [];
  let startsSentence = true;
  for (const chunk of text.split(/\s/u)) {
    if (chunk === '') continue;
    const core = PLAIN.test(chunk) ? chunk : trimEdges(chunk);
    if (core !== '') {
      for (const part of partsOf(core)) {
        raws.push({ ...part, startsSentence });
        startsSentence = false;
      }
    }
    if (SENTENCE_END.test(chunk[chunk.length - 1]) || core === '') startsSentence = true;
  }
  return raws;
}

function trimEdges(chunk: string): string {
  let start = 0;
  let end = chunk.length;
  if (chunk[0] === '/' || chunk[0] === '-') {
    // A path keeps its slash, a number its sign.
    if (!(chunk.length > 1 && EDGE.test(chunk[1]))) start = 1;
  }
  while (start < end && !EDGE.test(chunk[start]) && !'/-'.includes(chunk[start])) start++;
  while (end > start && !EDGE.test(chunk[end - 1])) end--;
  return chunk.slice(start, end);
}

/** Splits what stands between two spaces: `and/or` and `re-enter` come apart, `/v2/orders` and `10-K` do not. */
function partsOf(core: string): Omit<RawWord, 'startsSentence'>[] {
  if (PLAIN.test(core)) return [{ text: core }];
  if (hasUnspacedScript(core)) return segmentWords(core).map((text) => ({ text }));
  const isPath =
    core.includes('/') && (core.startsWith('/') || DIGIT.test(core) || core.split('/').length > 2);
  if (isPath || core.includes('_') || core.includes('@')) return [{ text: core }];
  const outer = core
    .split(/[/,;:|()[\]{}"<>=+*…–—]/u)
    .map(trimEdges)
    .filter((part) => part !== '');
  const pieces = NUMBER.test(core) ? [core] : outer;
  return pieces.flatMap((piece) => {
    if (!piece.includes('-') || (piece.startsWith('-') && DIGIT.test(piece))) return [{ text: piece }];
    const parts = piece.split('-').filter((part) => part !== '');
    return parts.map((part) => ({ text: part, compound: piece.toLowerCase() }));
  });
}

function isCapital(raw: string): boolean {
  return /^\p{Lu}/u.test(raw);
}

function pushWord(
  words: Word[],
  raw: RawWord,
  language: Language,
  { tellsNames, mayBeName }: { tellsNames: boolean; mayBeName: boolean },
): void {
  const { compound } = raw;
  const isName =
    tellsNames &&
    raw.text !== 'I' &&
    ((isCapital(raw.text) && !raw.startsSentence) || ACRONYM.test(raw.text));
  for (const form of splitContraction(raw.text.toLowerCase())) {
    const number = numberOf(raw.text, form);
    if (number !== null) {
      words.push({
        written: raw.text,
        form,
        stem: number,
        kind: 'number',
        isFunction: false,
        isNegation: false,
        isStopWord: false,
        isName: false,
        mayBeName: false,
        compound,
      });
      continue;
    }
    const magnitude = magnitudes.get(form);
    const last = words[words.length - 1];
    const multiplied = magnitude && last?.kind === 'number' ? MULTIPLIED.exec(last.stem) : null;
    if (multiplied) {
      const [, currency, digits] = multiplied;
      words[words.length - 1] = { ...last, stem: `${currency}${Number(digits) * Number(magnitude)}` };
      continue;
    }
    const kind =
      !PLAIN.test(form) && (DIGIT.test(form) || !LETTERS.test(form) || /[_@/]/.test(form))
        ? 'identifier'
        : 'word';
    // `U.S.` is `us`, but `v1.23` is not `v12.3`.
    const plain = kind === 'word' ? form.replaceAll('.', '') : form;
    const isGrammar = language.functionWords.has(plain);
    const isAcronym = isGrammar && tellsNames && ACRONYM.test(raw.text);
    words.push({
      written: raw.text,
      form: plain,
      stem: kind === 'identifier' ? plain : isAcronym ? plain.toUpperCase() : language.stem(plain),
      kind,
      isFunction: isGrammar && !isAcronym,
      isNegation: language.negations.has(plain),
      isStopWord: !isAcronym && language.stopWords.has(plain),
      isName,
      mayBeName,
      compound,
    });
  }
}

/** The number that a word is, as digits; ordinals end in `th`, decades in `s`, amounts begin with their currency's sign. */
function numberOf(raw: string, form: string): string | null {
  const word = numbers.get(form);
  if (word !== undefined) return word;
  const match = NUMBER.exec(raw);
  if (match === null) return null;
  const [, currency, written, ending] = match;
  if (ending === 's' && written.length !== 4) return null;
  const digits = currency + written.replaceAll(',', '').replace(/^0{1,30}(?=\d)/, '');
  if (ending === undefined || ending === 's') return digits + (ending ?? '');
  return `${digits}th`;
}
