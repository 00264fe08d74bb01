import { MONTHS, RELATIVE_DATES, WEEKDAYS } from './lexicon/word-classes';
import type { Token } from './question-token';

/** A number that a question names, with what it counts. */
export interface NumberFact {
  /** Canonical digits: `1000` for 1,000, 1k and one thousand. */
  readonly value: string;
  /** Canonical unit, or empty. */
  readonly unit: string;
  readonly kind: 'number' | 'year' | 'version';
}

/** What a question states exactly; two questions that ask the same agree in all of it. */
export interface QuestionFacts {
  readonly numbers: readonly NumberFact[];
  /** Months, weekdays, and days relative to today; sorted. */
  readonly dates: readonly string[];
  /** Tokens that mix letters and digits, addresses, paths; sorted. */
  readonly identifiers: readonly string[];
}

const SMALL_NUMBERS = new Map(
  (
    'two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 thirteen:13 fourteen:14 fifteen:15 ' +
    'sixteen:16 seventeen:17 eighteen:18 nineteen:19 twenty:20 thirty:30 forty:40 fifty:50 sixty:60 seventy:70 eighty:80 ninety:90 ' +
    'third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 ninth:9 tenth:10 ii:2 iii:3 iv:4 vi:6 vii:7 viii:8 ix:9'
  )
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);
const MAGNITUDES = new Map([
  ['k', 1e3],
  ['thousand', 1e3],
  ['hundred', 1e2],
  ['lakh', 1e5],
  ['lakhs', 1e5],
  ['million', 1e6],
  ['crore', 1e7],
  ['crores', 1e7],
  ['cr', 1e7],
  ['billion', 1e9],
  ['bn', 1e9],
  ['trillion', 1e12],
]);
const UNITS = new Map<string, string>();
for (const line of `
$ usd dollar dollars|€ eur euro euros|£ gbp pound pounds|₹ inr rs rupee rupees|¥ yen|% percent percentage|kg kgs kilo kilos kilogram kilograms
g gram grams gm|mg milligram milligrams|mcg microgram|l liter liters litre litres|ml milliliter millilitre|km kilometer kilometers kilometre kilometres
m meter meters metre metres|cm centimeter centimeters|mm millimeter|mi mile miles|ft foot feet|in inch inches|lb lbs|oz ounce ounces
s sec second seconds|min mins minute minutes|h hr hrs hour hours|day days|week weeks|month months|yr yrs year years|gb gigabyte gigabytes|mb megabyte megabytes
kb|tb|c celsius|f fahrenheit|am|pm|w watt watts|kw|v volt volts|hz|khz|mhz|ghz`
  .trim()
  .split(/[|\n]/)) {
  const names = line.split(' ');
  for (const name of names) UNITS.set(name, names[0]);
}
const DATE_WORDS = new Set(`${MONTHS} ${WEEKDAYS} ${RELATIVE_DATES}`.split(' '));
/** Months that are also verbs count as dates only where they are written as names. */
const AMBIGUOUS_MONTHS = new Set(['may', 'march', 'august']);

/** Reads the exact statements out of a question's tokens. */
export function readFacts(tokens: readonly Token[]): QuestionFacts {
  const numbers: NumberFact[] = [];
  const dates = new Set<string>();
  const identifiers = new Set<string>();
  tokens.forEach((token, i) => {
    if (token.kind === 'identifier') identifiers.add(token.form);
    else if (token.kind === 'number') numbers.push(numberFact(token, tokens, i));
    else if (DATE_WORDS.has(token.form) && (token.isName || !AMBIGUOUS_MONTHS.has(token.form)))
      dates.add(token.form);
    else {
      const value = smallNumber(tokens, i);
      if (value !== undefined)
        numbers.push({ value: scaled(value, tokens[i + 1]), unit: '', kind: 'number' });
    }
  });
  return { numbers, dates: [...dates].sort(), identifiers: [...identifiers].sort() };
}

/** "two", "third", "II"; "World War I", "chapter one" and "second largest", but not the pronouns or the unit of time. */
function smallNumber(tokens: readonly Token[], at: number): string | undefined {
  const { form } = tokens[at];
  const value = SMALL_NUMBERS.get(form);
  if (value !== undefined) return value;
  if (form === 'second') return SUPERLATIVE.test(tokens[at + 1]?.form ?? '') ? '2' : undefined;
  if (form !== 'i' && form !== 'one') return undefined;
  return PART_NAMES.has(tokens[at - 1]?.form) && tokens[at + 1]?.form !== 'am' ? '1' : undefined;
}
const SUPERLATIVE = /est$|^(?:most|world|year|term|generation|amendment)$/;
const PART_NAMES = new Set(
  'war part level type phase tier class chapter volume stage step grade category division formula'.split(' '),
);

/** Canonical digits of a token that is a number in digits or words; undefined for any other. */
export function numberValueOf(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  return token.kind === 'number' ? scaled(token.form, { form: token.unit }) : smallNumber(tokens, at);
}

function numberFact(token: Token, tokens: readonly Token[], at: number): NumberFact {
  const next = tokens[at + 1];
  const attached = MAGNITUDES.get(token.unit);
  const value = attached === undefined ? scaled(token.form, next) : scaled(token.form, { form: token.unit });
  const unit =
    UNITS.get(token.unit) ??
    UNITS.get(next?.form ?? '') ??
    UNITS.get(tokens[at - 1]?.form === 'rs' ? 'rs' : '') ??
    '';
  const isYear = /^(?:1[5-9]|20)\d\d$/.test(token.form) && token.unit === '' && unit === '';
  const isVersion = /^\d+\.\d+(\.\d+)*$/.test(token.form) && unit === '';
  return { value, unit, kind: isYear ? 'year' : isVersion ? 'version' : 'number' };
}

function scaled(digits: string, next: { form: string } | undefined): string {
  const magnitude = MAGNITUDES.get(next?.form ?? '');
  if (!/^-?\d+(\.\d+)?$/.test(digits)) return digits;
  return magnitude === undefined ? digits.replace(/^(-?)0+(?=\d)/, '$1') : String(Number(digits) * magnitude);
}
