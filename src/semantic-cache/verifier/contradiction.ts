import contrasts from '../../text-analysis/data/contrasts.json';
import english from '../../text-analysis/data/english.json';
import { splitParts } from '../../text-analysis/question-focus';
import { readWords, type Word } from '../../text-analysis/words';
import { asksForOtherKind, type Question } from './question';
import { isContent, type QuestionDifference } from './question-difference';

/** Why the answer to one question is surely none to the other. */
export type Contradiction =
  | 'language'
  | 'number'
  | 'identifier'
  | 'name'
  | 'negation'
  | 'opposite'
  | 'restriction'
  | 'answer-kind'
  | 'exchanged-roles'
  | 'instruction'
  | 'addition';

const INSTRUCTIONS = new Set(english.instructions.split(' '));
/** Words after which the second of two things stands in another role than the first. */
const ROLE_MARKERS = new Set('to into from over than before after against by'.split(' '));
/** So many more content words make the stored question another one, e.g. one with a false premise in it. */
const ADDED_WORDS = 2;
/** Words that join things whose order says nothing. */
const JOINING = new Set('and or nor between vs versus'.split(' '));

const sides = new Map<string, number[]>();
const groups = new Map<string, number[]>();
contrasts.opposites.forEach((opposite, i) =>
  opposite.forEach((words, side) => words.forEach((word) => add(sides, word, 2 * i + side))),
);
contrasts.exclusive.forEach((words, i) => words.forEach((word) => add(groups, word, i)));

function add(table: Map<string, number[]>, word: string, value: number): void {
  const values = table.get(word);
  if (values) values.push(value);
  else table.set(word, [value]);
}

/**
 * What makes two questions surely different, however alike they sound; null if nothing does.
 * @param difference of the two, in the same order
 */
export function contradictionOf(
  asked: Question,
  stored: Question,
  difference: QuestionDifference,
): Contradiction | null {
  for (const contradiction of contradictionsOf(asked, stored, difference)) return contradiction;
  return null;
}

/** All that makes two questions surely different; each is looked for when the caller comes to it. */
export function* contradictionsOf(
  asked: Question,
  stored: Question,
  { onlyAsked, onlyStored, restrictors }: QuestionDifference,
): Generator<Contradiction> {
  if (asked.language !== stored.language) yield 'language';
  if (signatureOf(asked, 'number') !== signatureOf(stored, 'number')) yield 'number';
  if (signatureOf(asked, 'identifier') !== signatureOf(stored, 'identifier')) yield 'identifier';
  else if (
    onlyAsked.some((word) => isSibling(word, stored)) ||
    onlyStored.some((word) => isSibling(word, asked))
  )
    yield 'identifier';
  if (onlyAsked.some(({ isName }) => isName) || onlyStored.some(({ isName }) => isName)) yield 'name';
  if (negations(asked) % 2 !== negations(stored) % 2) yield 'negation';
  if (areOpposed(onlyAsked, onlyStored)) yield 'opposite';
  if (restrictors.asked > 0 && restrictors.stored > 0) yield 'restriction';
  if (asksForOtherKind(asked, stored)) yield 'answer-kind';
  if (haveExchangedRoles(asked.words, stored.words) || haveExchangedPlaces(asked.words, stored.words))
    yield 'exchanged-roles';
  if (onlyStored.some(({ form }) => INSTRUCTIONS.has(form))) yield 'instruction';
  if (affirmed(onlyStored) - affirmed(onlyAsked) >= ADDED_WORDS || addsSentence(asked, stored))
    yield 'addition';
}

/** Negations have a rule of their own. */
function affirmed(words: readonly Word[]): number {
  return words.filter(({ isNegation }) => !isNegation).length;
}

/**
 * Whether the stored question has a sentence of its own, half of whose content words the new one lacks: what it asks,
 * claims or orders there decided its answer.
 */
function addsSentence(asked: Question, stored: Question): boolean {
  const parts = splitParts(stored.text);
  if (parts.length < 2) return false;
  const known = new Set(asked.words.map(({ stem }) => stem));
  return parts.some((part) => {
    const content = readWords(part).words.filter(isContent);
    const added = content.filter(({ stem }) => !known.has(stem)).length;
    return content.length > 0 && 2 * added >= content.length;
  });
}

function signatureOf({ words }: Question, kind: Word['kind']): string {
  return words
    .filter((word) => word.kind === kind)
    .map(({ stem }) => stem)
    .sort()
    .join(' ');
}

function negations({ words }: Question): number {
  return words.filter(({ isNegation }) => isNegation).length;
}

/** Whether a part of a hyphenated name has another part in the other question: `checkout-api` and `checkout-db`. */
function isSibling({ compound }: Word, other: Question): boolean {
  if (compound === undefined) return false;
  const parts = compound.split('-');
  return other.words.some(
    (word) =>
      word.compound !== undefined &&
      word.compound !== compound &&
      word.compound.split('-').some((part) => parts.includes(part)),
  );
}

function areOpposed(a: readonly Word[], b: readonly Word[]): boolean {
  return a.some((x) =>
    b.some((y) => {
      const [xs, ys] = [valuesOf(sides, x), valuesOf(sides, y)];
      if (xs.some((side) => ys.includes(side ^ 1))) return true;
      const exclusive = valuesOf(groups, x);
      return x.stem !== y.stem && valuesOf(groups, y).some((group) => exclusive.includes(group));
    }),
  );
}

function valuesOf(table: ReadonlyMap<string, number[]>, { form, stem }: Word): readonly number[] {
  return table.get(form) ?? table.get(stem) ?? [];
}

/** Whether the two things beside "from", "to", "than" … stand there the other way round. */
function haveExchangedRoles(asked: readonly Word[], stored: readonly Word[]): boolean {
  const roles = rolesOf(stored);
  return rolesOf(asked).some(([before, marker, after]) =>
    roles.some(([x, other, y]) => marker === other && before === y && after === x && before !== after),
  );
}

function rolesOf(words: readonly Word[]): [before: string, marker: string, after: string][] {
  const roles: [string, string, string][] = [];
  words.forEach(({ form }, i) => {
    if (!ROLE_MARKERS.has(form)) return;
    const before = words.slice(0, i).findLast(isContent);
    const after = words.slice(i + 1).find(isContent);
    if (before && after) roles.push([before.stem, form, after.stem]);
  });
  return roles;
}

/**
 * Whether both are the same words but for things that stand in each other's place, as in "Does the dog bite the man?" and
 * "Does the man bite the dog?". Neighbours may change places: "already written", "written already".
 */
function haveExchangedPlaces(asked: readonly Word[], stored: readonly Word[]): boolean {
  if (asked.length !== stored.length || asked.some(({ form }) => JOINING.has(form))) return false;
  const moved = [...asked.keys()].filter((i) => asked[i].stem !== stored[i].stem);
  const isExchanged = (i: number) =>
    isContent(asked[i]) &&
    moved.some(
      (j) => Math.abs(i - j) > 1 && asked[i].stem === stored[j].stem && asked[j].stem === stored[i].stem,
    );
  return moved.length > 0 && moved.every(isExchanged);
}
