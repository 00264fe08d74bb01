import { trimEndAndSpace } from '../common/trim-end';
import { estimateUnspacedWords, hasUnspacedScript } from '../text-analysis/unspaced-scripts';
import { readWords } from '../text-analysis/words';
import { readQuestion } from './drivers/question-terms';

/** How a question of its own begins. */
const ASKS =
  /^(?:who|whom|whose|what|when|where|which|why|how|is|are|am|was|were|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|had|tell|explain|list|describe|show|give|name|find|compare|summari[sz]e|define)\b/iu;
/** "Who is Ada Byron?" is complete, "Why Germany?" is not. */
const ASKS_ABOUT_NAME = /^(?:who|what|where)(?:'s| is| are| was| were)\b/iu;
const CONNECTIVES = /^(?:(?:and|or|but|also|then|so|ok|okay|what about|how about)\b[,\s]*)+/iu;
/** Words that look as if they refer to what was said before and do not: "it" in "is it possible to". */
const EXPLETIVES =
  /\b(?:is|was|will) it (?:\w{1,40} ){1,3}(?:to|for|that|if)\b|\bit (?:takes?|costs?|means?) (?:to|for|if|when)\b|\bthis (?:year|month|week|quarter|morning)\b|\bnot only\b/giu;
const POINTS_BACK =
  /\b(?:it|this|these|those|same|former|latter|such|otherwise|instead)\b|\bthat[\s?.!]*$|\b(?:about|like|do|does|did|is|was|for|of|with|after|before|than|why|how) that\b|(?<!\b(?:is|are|was|were|be) )\bthere\b(?! (?:is|are|was|were|be)\b)|\b(?:which|another|the \w+) ones?\b/iu;
/** These may also refer to a person that the question itself names before. */
const POINTS_AT_PERSON = /\b(?:its|they|them|their|theirs|he|him|his|she|her|hers)\b/iu;
const PRONOUN = /\b(?:it|they|them|he|him|she|this|its|their|his)\b/giu;
const POSSESSIVE = /^(?:its|their|his)$/iu;
/** "in Germany", "the Netherlands", "for teachers". */
const FRAGMENT =
  /^(?:(in|at|for|from|of|to|with|by|on|under|during|after|before|since|without)\s+)?((?:the |a |an )?[\p{L}\p{N}][^\s?!.,]*(?:\s+[^\s?!.,]+){0,2})[\s?!.]*$/iu;
/** What a name or fragment may follow. */
const PREPOSITION = /\b(in|at|for|from|of|to|with|by|on|under|during|after|before|since|without)\s+/giu;
const LONGEST_PREPOSITION = 'without'.length;
const ONE_OR_TWO_WORDS = /^(?:the |a |an )?[\p{L}\p{N}-]+(?: [\p{L}\p{N}-]+)?$/iu;
const PLACES = new Set(['in', 'at', 'for', 'from', 'of', 'to', 'with', 'by', 'on']);
const NAME_RUN = /(?:the )?\p{Lu}[\p{L}\p{M}\p{N}'’&-]*(?: (?:of |and )?\p{Lu}[\p{L}\p{M}\p{N}'’&-]*)*/gu;
/** A stretch of a text. */
interface Place {
  text: string;
  index: number;
}

const LEAST_WORDS = { asked: 2, keywords: 3 };
const MAX_CARRIED_CHARACTERS = 500;
/** Of an earlier turn, which may be very long; what it asks is at its end. */
const MAX_READ_CHARACTERS = 2000;

/**
 * Whether a question can be understood without what was said before it, judged by its form alone; in doubt it cannot.
 * English; of other languages only by length.
 */
export function isStandalone(question: string): boolean {
  const text = question.trim();
  if (CONNECTIVES.test(text) && !ASKS.test(text.replace(CONNECTIVES, ''))) return false;
  const rest = text.replace(CONNECTIVES, '');
  const plain = rest.replace(EXPLETIVES, ' ');
  if (POINTS_BACK.test(plain)) return false;
  const person = POINTS_AT_PERSON.exec(plain);
  if (person && readWords(plain.slice(0, person.index)).words.every(({ isStopWord }) => isStopWord))
    return false;
  const { weights, names } = readQuestion(rest);
  const words = hasUnspacedScript(rest) ? estimateUnspacedWords(rest) : weights.size;
  if (!ASKS.test(rest))
    return words >= LEAST_WORDS.keywords && !/^(?:in|at|for|from|of|to|with|by|on|only)\b/iu.test(rest);
  return words >= LEAST_WORDS.asked || (names.size > 0 && ASKS_ABOUT_NAME.test(rest));
}

/** What a follow-up means. */
export interface CarriedQuestion {
  question: string;
  /** Whether it is several questions in a row: comparing it with one of them would find them alike. */
  isComposed: boolean;
}

/**
 * A standalone question for the last one of a conversation, by carrying over what it leaves out: a name takes the place
 * of the one before, a pronoun that of the only name; else the question before is repeated. Two conversations about
 * different things never end in the same words.
 * @param earlier the user's questions before it, in order
 */
export function carryOver(question: string, earlier: readonly string[]): CarriedQuestion {
  return [...earlier.map((text) => text.slice(-MAX_READ_CHARACTERS)), question].reduce<CarriedQuestion>(
    ({ question: before, isComposed }, next) => {
      const text = next.trim();
      const rest = text.replace(CONNECTIVES, '') || text;
      if (isStandalone(text) || before === '') return { question: capitalised(rest), isComposed: false };
      const other = replaced(rest, before);
      if (other !== null) return { question: other, isComposed };
      return { question: `${before.slice(-MAX_CARRIED_CHARACTERS)} ${text}`, isComposed: true };
    },
    { question: '', isComposed: false },
  );
}

/** Null where nothing can be put in the place of anything. */
function replaced(rest: string, before: string): string | null {
  const names = namesOf(before);
  const [, preposition, thing] = FRAGMENT.exec(rest) ?? [];
  if (thing !== undefined && !ASKS.test(rest) && !POINTS_BACK.test(rest)) {
    const place =
      preposition === undefined ? nameToReplace(names, before) : placeAfter(preposition, names, before);
    const fits = preposition !== undefined || /^(?:the )?\p{Lu}/u.test(thing);
    return place && fits ? splice(before, place, thing) : null;
  }
  const [name, pronoun] = [onlyOne(names), onlyOne(rest.match(PRONOUN) ?? [])];
  if (!name || !pronoun) return null;
  return capitalised(rest).replace(PRONOUN, POSSESSIVE.test(pronoun) ? `${name.text}'s` : name.text);
}

/** A name with this preposition before it, the last one; else what ends the question with it. */
function placeAfter(preposition: string, names: readonly Place[], text: string): Place | null {
  const wanted = preposition.toLowerCase();
  const name = names.filter(({ index }) => prepositionBefore(index, text) === wanted).at(-1);
  if (name) return name;
  const asked = trimEndAndSpace(text, '?.!');
  for (const found of asked.matchAll(PREPOSITION)) {
    const index = found.index + found[0].length;
    const rest = asked.slice(index);
    if (found[1].toLowerCase() === wanted && ONE_OR_TWO_WORDS.test(rest)) return { text: rest, index };
  }
  return null;
}

/** In lower case. */
function prepositionBefore(index: number, text: string): string | undefined {
  const head = text.slice(0, index).trimEnd();
  if (head.length === index) return undefined;
  const end = head.slice(-LONGEST_PREPOSITION - 1);
  return [...`${end} `.matchAll(PREPOSITION)]
    .find(({ index: at, 0: { length } }) => at + length > end.length)?.[1]
    .toLowerCase();
}

/** The only name, or the only one that stands after a preposition: "the VAT rate in France". */
function nameToReplace(names: readonly Place[], text: string): Place | null {
  const placed = names.filter(({ index }) => PLACES.has(prepositionBefore(index, text) ?? ''));
  return onlyOne(names) ?? onlyOne(placed);
}

const capitalised = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

const onlyOne = <T>(list: readonly T[]): T | null => (list.length === 1 ? list[0] : null);

/** Runs of names, but not the capital that begins a sentence. */
function namesOf(text: string): Place[] {
  return [...text.matchAll(NAME_RUN)]
    .map((match) => ({ text: match[0], index: match.index }))
    .filter(({ index }) => index > 0 && !/[.?!]/u.test(text.slice(0, index).trimEnd().slice(-1)));
}

function splice(text: string, { index, text: old }: Place, next: string): string {
  return text.slice(0, index) + next + text.slice(index + old.length);
}
