import type { ProfileWord } from './profile-word';

/** How a word of one question is found in the other: as it is, by meaning, by form, or not at all. */
export type WordMatch = 'same' | 'synonym' | 'form' | 'none';

/** A word, with how the other question covers it. */
export interface AlignedWord {
  readonly word: ProfileWord;
  readonly match: WordMatch;
}

/** The words of both questions, each with what it meets in the other. */
export interface WordAlignment {
  readonly left: readonly AlignedWord[];
  readonly right: readonly AlignedWord[];
}

/** Aligns the words of two questions; a word may meet several, order plays no part. */
export function alignWords(left: readonly ProfileWord[], right: readonly ProfileWord[]): WordAlignment {
  const [leftForms, rightForms] = [left.map((w) => w.form), right.map((w) => w.form)];
  const joined = new Set([...joinedWords(leftForms, rightForms), ...joinedWords(rightForms, leftForms)]);
  return { left: cover(left, right, rightForms, joined), right: cover(right, left, leftForms, joined) };
}

function cover(
  words: readonly ProfileWord[],
  others: readonly ProfileWord[],
  forms: readonly string[],
  joined: ReadonlySet<string>,
): AlignedWord[] {
  return words.map((word) => ({ word, match: findMatch(word, others, forms, joined) }));
}

function findMatch(
  word: ProfileWord,
  others: readonly ProfileWord[],
  forms: readonly string[],
  joined: ReadonlySet<string>,
): WordMatch {
  if (forms.includes(word.form) || others.some((other) => sharesAny(word.lemmas, other.lemmas)))
    return 'same';
  if (word.isNumber) return 'none';
  if (word.synonyms.length > 0 && others.some((other) => sharesAny(word.synonyms, other.synonyms)))
    return 'synonym';
  if (joined.has(word.form)) return 'form';
  if (word.weight === 'function') return 'none';
  return others.some((other) => isDerivedForm(word, other)) ? 'form' : 'none';
}

/** Whether two short lists have an element in common. */
export function sharesAny<T>(a: readonly T[], b: readonly T[]): boolean {
  for (const x of a) if (b.includes(x)) return true;
  return false;
}

/** Shared distinct words as a share of all distinct words (Jaccard), 0 to 1. */
export function wordOverlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const form of a) if (b.has(form)) shared++;
  return shared / Math.max(1, a.size + b.size - shared);
}

/** A word written in one, the words that write it apart or out, and that word: `hairloss`, `hair`, `loss`; `imf`, … */
function joinedWords(forms: readonly string[], others: readonly string[]): string[] {
  const found: string[] = [];
  for (const whole of others) {
    if (whole.length < 3 || whole.includes('_') || forms.includes(whole)) continue;
    for (let i = 0; i + 1 < forms.length; i++) {
      if (forms[i].length > 1 && forms[i] + forms[i + 1] === whole) found.push(whole, forms[i], forms[i + 1]);
      else if (spellsInitials(whole, forms, i)) found.push(whole, ...forms.slice(i, i + whole.length));
    }
  }
  return found;
}

function spellsInitials(whole: string, forms: readonly string[], at: number): boolean {
  if (whole.length > 5 || at + whole.length > forms.length) return false;
  for (let k = 0; k < whole.length; k++) {
    if (forms[at + k][0] !== whole[k] || forms[at + k].length < 3) return false;
  }
  return true;
}

/** Forms of one word that no inflection joins: `calculate` and `calculation`, `contract` and `contractual`, `colour`. */
function isDerivedForm(a: ProfileWord, b: ProfileWord): boolean {
  if (b.isNumber || b.weight === 'function') return false;
  if (a.spelling === b.spelling) return true;
  const [x, y] = [a.form, b.form];
  const shorter = Math.min(x.length, y.length);
  if (shorter < 5 || x[0] !== y[0] || x[3] !== y[3]) return false;
  let prefix = 0;
  while (prefix < shorter && x[prefix] === y[prefix]) prefix++;
  if (prefix >= 5 && DERIVING_ENDINGS.has(x.slice(prefix)) && DERIVING_ENDINGS.has(y.slice(prefix)))
    return true;
  return (a.weight === 'specific' || b.weight === 'specific') && isTypingError(x, y, prefix);
}

/**
 * One letter wrong, missing, too many, or two exchanged, in the middle of a word of six or more: the end may make
 * another word (`nitrate` and `nitrite`), a short word often is another one.
 * @param prefix length of the common beginning
 */
function isTypingError(x: string, y: string, prefix: number): boolean {
  const [shorter, longer] = x.length <= y.length ? [x, y] : [y, x];
  if (shorter.length < 6 || longer.length - shorter.length > 1 || prefix + 3 >= shorter.length) return false;
  const rest = longer.slice(prefix + 1);
  if (longer.length > shorter.length) return rest === shorter.slice(prefix);
  const isExchange = x[prefix] === y[prefix + 1] && x[prefix + 1] === y[prefix];
  return rest === shorter.slice(prefix + 1) || (isExchange && x.slice(prefix + 2) === y.slice(prefix + 2));
}
const DERIVING_ENDINGS = new Set([
  '',
  ...(
    'e s es ed d ing er ers or ors ion ions ation ations tion ition al ally ly y ies ial ual ment ments able ible ability ic ' +
    'ical ically ity ive ively ous ness ant ance ence ent ency ancy ist ists ism ize ise ized ised izing ising ization isation ' +
    'ful ian ians ie ying ied ate ated ates ating age cy t ts'
  ).split(' '),
]);

/** A key that British, American and doubled-letter spellings of a word share. */
export function spellingOf(word: string): string {
  return word
    .replace(/our(?=$|s$|ed$|ing$|ite$)/, 'or')
    .replace(/tre$/, 'ter')
    .replace(/is(?=e$|ed$|es$|ing$|ation$)/, 'iz')
    .replace(/ae|oe/g, 'e')
    .replace(/([a-z])\1/g, '$1')
    .replace(/['-]/g, '');
}
