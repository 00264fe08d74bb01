import english from './data/english.json';
import { wordMap, wordSet } from './word-lists';

const { contractions } = english;
const endings = [...wordMap(contractions.endings)];
const verbs = wordMap(contractions.verbs);
const ambiguous = wordSet(contractions.ambiguous);
const negated = wordSet(contractions.negated);
const isAfter = wordSet(contractions.isAfter);
const whole = wordMap(contractions.whole);

/**
 * The words of a contracted English form: `don't` is `do not`, `cannot` is `can not`. What `'s` stands for is not known
 * from the form alone (`is`, `has`, a possessor): it is left out.
 * @param form in lower case, with the apostrophe `'`
 * @returns the form alone where nothing is contracted
 */
export function splitContraction(form: string): string[] {
  for (const [ending, word] of endings) {
    if (form.endsWith(ending) && form.length > ending.length) {
      const verb = form.slice(0, -ending.length);
      return [verbs.get(verb) ?? verb, word];
    }
  }
  if (form === 'cannot') return ['can', 'not'];
  if (form.endsWith("'s")) return [form.slice(0, -2)];
  return [form];
}

/**
 * Spells out a contraction that stands for exactly one spelling; `'d` ("would", "had") and a noun's `'s` stay.
 * @param form in lower case, with the apostrophe `'`
 */
export function spellOut(form: string): string {
  if (!form.includes("'")) return form;
  const words = whole.get(form);
  if (words !== undefined) return words.replaceAll('_', ' ');
  const [head, ending] = [form.slice(0, form.indexOf("'")), form.slice(form.indexOf("'"))];
  if (ending === "'s") return isAfter.has(head) ? `${head} is` : form;
  if (ambiguous.has(ending)) return form;
  const parts = splitContraction(form);
  const isKnown = parts[1] === 'not' ? negated.has(parts[0]) : /^\p{L}+$/u.test(parts[0]);
  return parts.length === 2 && isKnown ? parts.join(' ') : form;
}
