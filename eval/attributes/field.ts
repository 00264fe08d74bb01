/** Uniform in [0, 1). */
export type Random = () => number;

export const LANGUAGES = ['de', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One thing that a document says of each of its entities; `{entity}` and `{value}` stand in the templates. */
export interface Attribute {
  name: string;
  /** Its name in a table or list. */
  label: string;
  value: (random: Random) => string;
  /** A sentence that names the entity. */
  sentence: string;
  /** The same under a heading that names it. */
  under: string;
  /** Two or three natural wordings of the question, different in their words. */
  questions: readonly string[];
  translations?: Partial<Record<Language, readonly string[]>>;
}

/** A kind of document. */
export interface Field {
  name: string;
  /** Titles, with `{base}`. */
  titles: readonly string[];
  /** Sentences that may open a document. */
  openings: readonly string[];
  /** What entities of one family have in common. */
  bases: readonly string[];
  /** Names that are easily mistaken for each other, with `{base}`. */
  forms: readonly string[];
  layouts: readonly Layout[];
  attributes: readonly Attribute[];
}

/** How a document is laid out: a section per entity, a paragraph per attribute, a table, or lists. */
export type Layout = 'sections' | 'topics' | 'table' | 'lists';

/** One of several, each as likely as the others. */
export function oneOf<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)];
}

/** The items in another order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

export const among =
  (...items: string[]) =>
  (random: Random) =>
    oneOf(items, random);

/** A whole number between two, in steps, within a template that holds `#`. */
export const whole =
  (from: number, to: number, step: number, template = '#') =>
  (random: Random) => {
    const value = from + step * Math.floor(random() * (Math.floor((to - from) / step) + 1));
    return template.replace('#', value.toLocaleString('en-US'));
  };

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** A day of a year between two. */
export const day = (fromYear: number, toYear: number) => (random: Random) => {
  const year = fromYear + Math.floor(random() * (toYear - fromYear + 1));
  return `${1 + Math.floor(random() * 28)} ${oneOf(MONTHS, random)} ${year}`;
};

/** A time between two full hours, in steps of five minutes. */
export const time = (fromHour: number, toHour: number) => (random: Random) => {
  const minutes = fromHour * 60 + 5 * Math.floor((random() * (toHour - fromHour) * 60) / 5);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
};

const FIRST = 'Maren Tomas Ilse Pavel Noor Greta Amir Lucia Henrik Yara Dario Signe Oskar Priya'.split(' ');
const LAST =
  'Vogel Ferrante Okafor Lindgren Duarte Haddad Novak Reuter Castellan Moreau Ibsen Kowalski Teixeira Brandt'.split(
    ' ',
  );

/** First and last name of a person. */
export const person = (random: Random) => `${oneOf(FIRST, random)} ${oneOf(LAST, random)}`;
