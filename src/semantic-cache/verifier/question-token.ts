/** What a token is by its form. */
export type TokenKind = 'number' | 'identifier' | 'word';

/** One token of a question, in the order of the text. */
export interface Token {
  readonly kind: TokenKind;
  /** Lower case, without a possessive ending; of a number its digits with sign and decimal point. */
  readonly form: string;
  /** Currency or percent sign and letters attached to a number: `$` of `$50`, `kg` of `10kg`, `%` of `5%`; else empty. */
  readonly unit: string;
  /** Capitalised inside a sentence, or all capitals: probably a name. */
  readonly isName: boolean;
  /** Two or more capitals in a text that is not all capitals. */
  readonly isAcronym: boolean;
  /** First word of a sentence. */
  readonly startsSentence: boolean;
}

// eslint-disable-next-line evergreen/linear-regexp -- each part is checked
const TOKEN = new RegExp(
  [
    /https?:\/\/\S+/u, // addresses
    /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/u,
    /(?<![\p{L}\p{N}])[-−+]?\p{Sc}?\d[\d,]*(?:\.\d+)*(?:\/\d+(?:\.\d+)?)*(?![\p{L}\p{N}_])(?:\s?%|\p{Sc})?/u, // -1.5, $1,000, 1.2.3, 115/75, 5%
    /[\p{L}\p{M}\p{N}_]+(?:['.&][\p{L}\p{M}\p{N}_]+)*(?:\+\+|#)?/u, // words
    /(?<![.?!…])[.?!…]+(?=\s|$)/u, // ends of sentences
    /[:;\n]/u,
  ]
    .map((part) => part.source)
    .join('|'),
  'gu',
);
const NUMBER = /^([-−+]?)(\p{Sc}?)(\d[\d,]*(?:\.\d+)*(?:\/\d+(?:\.\d+)?)*)(?:\s?(%|\p{Sc}))?$/u;
const NUMBER_WITH_SUFFIX =
  /^(\d+(?:\.\d+)?)(st|nd|rd|th|s|k|kg|kgs|g|mg|mcg|ml|l|cl|km|m|cm|mm|mi|ft|in|lb|lbs|oz|hr|hrs|h|min|mins|sec|ms|gb|mb|kb|tb|gbps|mbps|w|kw|v|hz|khz|mhz|ghz|am|pm|yr|yrs|x|bn|usd|eur|gbp|inr|rs|cr|c|f)$/u;
const CONTRACTED: Readonly<Record<string, string>> = {
  "n't": 'not',
  "'re": 'are',
  "'ve": 'have',
  "'ll": 'will',
  "'d": 'would',
  "'m": 'am',
};

/** Splits a text into tokens. Contractions come apart (`don't` → `do`, `not`), hyphenated words too (`30-year`). */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let startsSentence = true;
  const normal = text
    .normalize('NFKC')
    .replace(/[’‘`´]/gu, "'")
    .replace(/(\d)\(k\)/giu, '$1k');
  // A text in capitals, or with every word capitalised, tells nothing about names.
  const telling =
    /\s\p{Ll}/u.test(normal) &&
    (normal.match(/(?<=\s)\p{Lu}/gu)?.length ?? 0) * 2 <= normal.split(/\s+/u).length;
  for (const [raw] of normal.matchAll(TOKEN)) {
    if (/^[.?!…:;\n]+$/u.test(raw)) {
      startsSentence = true;
      continue;
    }
    const isName =
      telling &&
      raw !== 'I' &&
      !raw.startsWith("I'") &&
      ((/^\p{Lu}/u.test(raw) && !startsSentence) || /^\p{Lu}{2,}/u.test(raw) || /\p{Ll}\p{Lu}/u.test(raw));
    const isAcronym = telling && /^\p{Lu}{2,}s?$/u.test(raw);
    pushToken(tokens, raw, { isName, isAcronym, startsSentence });
    startsSentence = false;
  }
  return tokens;
}

function pushToken(
  tokens: Token[],
  raw: string,
  look: Pick<Token, 'isName' | 'isAcronym' | 'startsSentence'>,
): void {
  const push = (kind: TokenKind, form: string, unit = '') => tokens.push({ kind, form, unit, ...look });
  const number = NUMBER.exec(raw);
  if (number) {
    push(
      'number',
      (number[1] === '-' || number[1] === '−' ? '-' : '') + number[3].replaceAll(',', ''),
      number[2] || number[4] || '',
    );
    return;
  }
  const form = raw.toLowerCase();
  const suffixed = NUMBER_WITH_SUFFIX.exec(form);
  if (suffixed) {
    push('number', suffixed[1], suffixed[2]);
    return;
  }
  if (/[\d_@/]/u.test(form)) {
    push('identifier', form);
    return;
  }
  const contraction = /(?:n't|'(?:re|ve|ll|d|m))$/u.exec(form);
  if (contraction && form !== contraction[0]) {
    const verb = form.slice(0, contraction.index);
    push('word', { ca: 'can', wo: 'will', sha: 'shall' }[verb] ?? verb);
    push('word', CONTRACTED[contraction[0]]);
    return;
  }
  if (form === 'cannot') {
    push('word', 'can');
    push('word', 'not');
    return;
  }
  push('word', form.replace(/'s?$/u, '').replace(/^(u)\.(s|k)\.?(a?)\.?$/u, '$1$2$3'));
}
