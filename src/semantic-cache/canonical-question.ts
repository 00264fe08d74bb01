import { LRUCache } from 'lru-cache';
import { trimEndAndSpace, trimEndOf } from '../common/trim-end';
import { spellOut } from '../text-analysis/contractions';
import capitalisedWords from '../text-analysis/data/capitalised-words.json';

/** Words before which an opening such as "could you tell me" adds nothing: what follows is the whole question. */
const ASKS = '(?:what|whats|when|where|who|whom|whose|which|why|how|if|whether)';
/** Words that can open a question or request, so that a greeting in front of them is only a greeting. */
const OPENS = `(?:${ASKS}|i|i'm|is|are|am|was|were|do|does|did|can|could|will|would|should|may|my|tell|explain|please|there)`;
const OPENINGS: readonly RegExp[] = [
  /^(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day))(?: there| all| everyone| team)?[,.!:]+\s+(?!world)/iu,
  new RegExp(`^(?:hi|hello|hey)(?: there)?\\s+(?=${OPENS}\\b)`, 'iu'),
  /^(?:so|well|ok|okay|um|uh|excuse me|sorry|thanks|thank you|quick question|question)[,.!:]+\s+/iu,
  /^(?:[Pp]lease|PLEASE|[Pp]ls|[Pp]lz|[Kk]indly),?\s+(?=\p{Ll})(?!please)/u,
  new RegExp(
    `^(?:can|could|would|will) (?:you|u|someone|anyone|anybody|somebody)(?: please| kindly)? (?:tell|explain to|inform|show) me,? (?=${ASKS}\\b)`,
    'iu',
  ),
  new RegExp(`^(?:please |kindly )?(?:tell|let) me(?: know)?,? (?=${ASKS}\\b)`, 'iu'),
  new RegExp(
    `^i(?: would|'d| want| need| wanted| would really| really want)?(?: like)? to (?:know|find out|ask)(?: you)?,? (?=${ASKS}\\b)`,
    'iu',
  ),
  new RegExp(`^(?:i(?:'m| am| was) (?:just )?wondering|just wondering|i wonder),? (?=${ASKS}\\b)`, 'iu'),
  /^(can|could|would|will) you (?:please|kindly|pls|plz)\s+(?=\p{L})/iu,
];
/** Courtesy at the end of a text whose last punctuation is cut off: after punctuation, and after a mere space. */
const CLOSING_AFTER_PUNCTUATION =
  /(?<=[,.!?;\s])(?:please|pls|plz|thanks|thank you|thank u|thx|cheers)(?: so much| very much| a lot| in advance| for your help| for the help)?$/iu;
const CLOSING_AFTER_SPACE =
  /(?<!\b(?:with|of|for|to|as|is|are|the|a|my|your|and|or|vs|than|not|called|between|using|use|from|in|about|by|like)) (?:please|pls|plz|thanks|thank you|thx)(?: so much| very much| in advance)?$/iu;
/** Where words are talked about, "thanks" may be what is asked about ("how do I say thanks in Thai"). */
const ABOUT_WORDS =
  /\b(?:(?:say|says|said|saying|spell|spelled|pronounce|mean|means|meaning|words?|phrases?|reply|respond|lyrics)\b|(?:writ|translat|rhym)\w|differ)/iu;

/**
 * Words whose capital tells two meanings apart inside a sentence: a name and a common noun or verb, or German's
 * formal address. They keep their case where case says something, that is, anywhere but at the start of a sentence.
 */
const CAPITAL_MATTERS = new Set(Object.values(capitalisedWords).flatMap((list) => list.split(' ')));

/** Parts that are kept character by character: fenced and inline code, and quotations that hold more than plain words. */
const VERBATIM = /```[\s\S]*?```|`[^`\n]+`|"[^"\n]*"/gu;
const PLAIN_QUOTATION = /^"[\p{L}\p{M}\p{N}]+(?:[ '-][\p{L}\p{M}\p{N}]+)*"$/u;
const SUPERSCRIPT: Readonly<Record<string, string>> = {
  '⁺': '+',
  '⁻': '-',
  ⁿ: 'n',
  '¹': '1',
  '²': '2',
  '³': '3',
};
const MAX_PASSES = 16;
/** Texts as they were folded lately; the same ones are asked again and again. Measured in characters. */
const known = new LRUCache<string, string>({
  maxSize: 4_000_000,
  sizeCalculation: (canonical, text) => 1 + canonical.length + text.length,
});
/** A private-use character that stands for a verbatim part while the rest is folded. */
const HOLE = '\uE000';

/**
 * The text that stands for a question in the exact layer's key: two questions with equal canonical text may share an
 * answer. Folds Unicode forms, case, white space, punctuation, quotation marks around plain words, contractions,
 * and English politeness; keeps everything that can carry meaning: digits and what is around them, signs, operators,
 * negation, identifiers, acronyms, code, URLs, diacritics. When in doubt two spellings stay apart: the semantic layer
 * comes next. Idempotent, and empty only for text without any character.
 */
export function canonicalQuestion(text: string): string {
  let canonical = known.get(text);
  if (canonical === undefined) known.set(text, (canonical = fold(text)));
  return canonical;
}

function fold(text: string): string {
  let folded = text;
  // What one pass strips may uncover more ("Hi, please …"); three passes do for any real question.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = foldOnce(folded);
    if (next === folded) break;
    folded = next;
  }
  return folded;
}

function foldOnce(text: string): string {
  const kept: string[] = [];
  const unified = unifyCharacters(text.trim().replaceAll(HOLE, ' '));
  const withHoles = unified.replace(VERBATIM, (part) => {
    if (PLAIN_QUOTATION.test(part)) return part.slice(1, -1);
    kept.push(part);
    return HOLE;
  });
  const plain = stripPoliteness(foldSpace(withHoles));
  const words = plain.split(' ');
  // A text without lower case says nothing by its capitals; one or two words may be an acronym.
  const shouting = !/\p{Ll}/u.test(plain) && words.length > 3;
  const folded = words.map((word, i) => foldWord(word, words[i - 1], words[i + 1], shouting)).join(' ');
  const spaced = foldSpace(folded.replace(/(?<=^| )can not(?= |$)/gu, 'cannot'));
  // A question of nothing but punctuation or courtesy is itself, not the empty question.
  const result = /[\p{L}\p{N}\p{S}\uE000]/u.test(spaced) ? spaced : foldSpace(withHoles).toLowerCase();
  let next = 0;
  return result.replaceAll(HOLE, () => kept[next++]).normalize('NFC');
}

/** NFKC, except where compatibility forms mean something else: 10⁵ is not 105, 1½ is not 11/2, № is not "no". */
function unifyCharacters(text: string): string {
  return (
    text
      .replace(
        /[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+/gu,
        (run) => `^${[...run].map((c) => SUPERSCRIPT[c] ?? c.normalize('NFKC')).join('')}`,
      )
      .replace(/[₀-₉]+/gu, (run) => `_${run.normalize('NFKC')}`)
      .replace(/\p{No}/gu, (c) => ` ${c} `)
      .replace(/№/gu, '#')
      .replace(/\u037E/gu, '?')
      .normalize('NFKC')
      // What nobody sees is kept: a text with it is another one. JavaScript alone takes U+FEFF for white space.
      .replace(/\uFEFF/gu, '\u2060')
      .replace(/[‘’‛ʼ]/gu, "'")
      .replace(/[“”„‟«»]|""(?=\p{L})|(?<=[\p{L}.?!])""/gu, '"')
      .replace(/[‐‑‒–—―−]/gu, '-')
      .replace(/⁄/gu, '/')
  );
}

/** One space between words, unless lines are indented: that is code, where white space may mean something. */
function foldSpace(text: string): string {
  if (/\n(?:\t| {2})/u.test(text.trimEnd())) return text.replace(/(?<![ \t])[ \t]+$/gmu, '').trim();
  return text.replace(/\s+/gu, ' ').trim();
}

function stripPoliteness(text: string): string {
  let rest = text;
  for (const opening of OPENINGS) {
    rest = rest.replace(opening, (_, verb: unknown) => (typeof verb === 'string' ? `${verb} you ` : ''));
  }
  if (ABOUT_WORDS.test(rest)) return rest;
  rest = stripClosing(rest);
  return rest === '' ? text : rest;
}

function stripClosing(text: string): string {
  let rest = text;
  const courtesy = CLOSING_AFTER_PUNCTUATION.exec(trimEndAndSpace(rest, '.!?'));
  if (courtesy) {
    const before = rest.slice(0, courtesy.index).trimEnd();
    const asked = trimEndOf(before, ',.!?;');
    if (asked !== before) rest = asked;
  }
  const end = trimEndAndSpace(rest, '.!?');
  const closing = CLOSING_AFTER_SPACE.exec(end);
  return closing ? end.slice(0, closing.index) : rest;
}

/** Folds one word by what surrounds it; a word that only looks like one (code, id, number) keeps its characters. */
function foldWord(
  raw: string,
  previous: string | undefined,
  next: string | undefined,
  shouting: boolean,
): string {
  const word = trimPunctuation(raw, next, previous);
  const startsSentence = previous === undefined || /[.?!。:]"?$/u.test(previous);
  return spellOut(foldCase(word, startsSentence, shouting));
}

function trimPunctuation(raw: string, next: string | undefined, previous: string | undefined): string {
  let word = raw.replace(/^[¿¡]+(?=.)/u, '');
  const quoted = /^'([\p{L}\p{M}\p{N}]+)'([,.?!]*)$/u.exec(word);
  if (quoted) word = quoted[1] + quoted[2];
  const endsSentence = next === undefined || /^[\p{Lu}\uE000"¿¡]/u.test(next);
  if (endsSentence) {
    // "… ?" is French typography, but "what is ??" asks for an operator.
    const operator = /^(?:is|are|operator|symbol|sign|does|and|or|use|using|mean|means|the|of)$/iu.test(
      previous ?? '',
    );
    if (/^[?!.…。]+$/u.test(word)) return operator ? word : '';
    word = trimQuestionMarks(word);
    // 5! and n! are factorials; U.S. and p.m. own their full stop.
    if (/[\p{L}\p{M}]{2}!+$/u.test(word) || /[)\]"']!+$/u.test(word)) word = trimEndOf(word, '!');
    if (/^[^.]*[^.\s]\.$/u.test(word) || /[^.]\.{3,}$/u.test(word)) word = trimEndOf(word, '.');
  }
  return word.replace(/(?<=[\p{L}\p{M}]{2})[,:]$/u, '');
}

/** Without its closing marks from the first one on that asks or elides, unless the word is made of nothing else. */
function trimQuestionMarks(word: string): string {
  const asked = trimEndOf(word, '?!؟।。….');
  for (let at = Math.max(1, asked.length); at < word.length; at++)
    if ('?؟।。…'.includes(word[at]) && !/[\n\r\u2028\u2029]/u.test(word[at - 1])) return word.slice(0, at);
  return word;
}

function foldCase(word: string, startsSentence: boolean, shouting: boolean): string {
  const lower = word.toLowerCase();
  if (lower === word) return word;
  if (/[\p{N}_/\\@#$%&*+=<>|^~[\]{}()]|[\p{L}][.:]\S/u.test(word)) return word;
  if (shouting || /^I(?:'.+)?$/u.test(word)) return lower;
  if (/^\p{Lu}[\p{Ll}\p{M}]*(?:['-][\p{L}\p{M}]*)?[.,?!:;]*$/u.test(word)) {
    const letters = lower.replace(/(?<![^\p{L}\p{M}])[^\p{L}\p{M}]+$/u, '');
    if (startsSentence) return [...letters].length === 1 && letters !== 'a' ? word : lower;
    return CAPITAL_MATTERS.has(letters) || [...letters].length === 1 ? word : lower;
  }
  return word;
}
