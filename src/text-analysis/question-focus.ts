/** A question with what stands around it. */
export interface FocusedQuestion {
  /** What is asked. */
  focus: string;
  /** Everything else of the text, e.g. a role prompt or a mail around the question; empty where it is all question. */
  context: string;
}

/** So many words are all question: it may take several sentences to ask. */
const MAX_PLAIN_WORDS = 24;
/** Ends of the parts of a text: of sentences, lines, table cells, JSON strings. */
const ALWAYS_ENDS = new Set('\n\r{}[]|<>"');
const ENDS_BEFORE_SPACE = new Set('.?!:;…。？！');

/** Splits a text into sentences, lines, cells and JSON strings; put together again they are the text. Linear. */
export function splitParts(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const isEnd =
      ALWAYS_ENDS.has(text[i]) ||
      (ENDS_BEFORE_SPACE.has(text[i]) && (i + 1 === text.length || /[\s"'\\)\]}]/u.test(text[i + 1])));
    if (!isEnd) continue;
    parts.push(text.slice(start, i + 1));
    start = i + 1;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

/**
 * What a longer text asks: its last sentence with a question mark. Two long texts are only ever compared where their
 * contexts are equal, so a sentence that is no question decides nothing but that.
 */
export function focusOf(text: string): FocusedQuestion {
  const words = text.split(/\s/u).filter((word) => word !== '').length;
  if (words <= MAX_PLAIN_WORDS) return { focus: text.trim(), context: '' };
  const parts = splitParts(text);
  const at = parts.findLastIndex((part) => /[?？]$/u.test(part) && part.trim().length > 1);
  if (at < 0) return { focus: text.trim(), context: '' };
  const context = [...parts.slice(0, at), ...parts.slice(at + 1)].join('');
  return { focus: parts[at].trim(), context: context.replace(/\s+/gu, ' ').trim() };
}

/** Words that the rest of both texts needs to be a question of its own. */
const MIN_REST_WORDS = 3;

/**
 * Two texts without the parts that both begin and end with, word for word.
 * @returns null where they share none, or where too little of one is left
 */
export function withoutSharedParts(a: string, b: string): [string, string] | null {
  const [x, y] = [splitParts(a), splitParts(b)];
  if (x.length === 1 || y.length === 1) return null;
  let start = 0;
  while (start < Math.min(x.length, y.length) && isSamePart(x[start], y[start])) start++;
  let end = 0;
  while (
    end < Math.min(x.length, y.length) - start &&
    isSamePart(x[x.length - 1 - end], y[y.length - 1 - end])
  )
    end++;
  if (start + end === 0) return null;
  const rest = [x, y].map((parts) =>
    parts
      .slice(start, parts.length - end)
      .join('')
      .trim(),
  );
  return rest.every((text) => text.split(/\s/u).length >= MIN_REST_WORDS) ? [rest[0], rest[1]] : null;
}

function isSamePart(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

const SCRIPTS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/**
 * Whether a text holds nothing that readers and tokenizers do not see: no control or format characters, tags, variation
 * selectors or private code points, and no word of mixed alphabets.
 */
export function isPlainText(text: string): boolean {
  if (/[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Variation_Selector}]|(?![\t\n\r])\p{Cc}/u.test(text)) return false;
  return text.split(/\s/u).every((word) => SCRIPTS.filter((script) => script.test(word)).length < 2);
}
