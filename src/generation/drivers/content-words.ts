/** Words that carry no meaning of their own in a question; without them overlap says nothing about relevance. */
const STOP_WORDS = new Set(
  `a about above after again all also am an and any are aren't as at be because been before being below between both but by
  can can't could couldn't did didn't do does doesn't doing don't down during each few for from further get give had hadn't
  has hasn't have haven't having he her here hers him his how i if in into is isn't it its itself just let me more most my
  no nor not of off on once only or other our ours out over own please same she should shouldn't so some such tell than that
  the their theirs them then there these they this those through to too under until up us use used very was wasn't we were
  weren't what what's when where which while who whom whose why will with won't would wouldn't you your yours`.split(
    /\s+/,
  ),
);

const WORD = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}'’_]*[\p{L}\p{N}\p{M}])?/gu;

/** A word of a text that carries meaning. */
export interface ContentWord {
  /** As written. */
  written: string;
  /** Folded so that inflected forms meet. */
  folded: string;
}

/** The words of a text that carry meaning, folded, in order, with repetitions. */
export function contentWords(text: string): string[] {
  return readContentWords(text).map(({ folded }) => folded);
}

/** The same with each word as it is written (in NFKC). */
export function readContentWords(text: string): ContentWord[] {
  const words: ContentWord[] = [];
  for (const [written] of text.normalize('NFKC').matchAll(WORD)) {
    const folded = written.toLowerCase().replace(/’/g, "'");
    if (!STOP_WORDS.has(folded)) words.push({ written, folded: stem(folded.replace(/'s$/, '')) });
  }
  return words;
}

/** Folds the commonest English endings; deliberately light, so that different words stay apart. */
function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  const stripped = word
    .replace(/(ss|us|is)$/, '$1\u0000')
    .replace(/ies$/, 'y')
    .replace(/(sh|ch|x|ss|z)es$/, '$1')
    .replace(/s$/, '')
    .replace('\u0000', '');
  const base = stripped.replace(/(?:ation|ing|ed|er|ly)$/, '');
  // Too short a rest is another word: "ring", "bed", "user".
  const rest = base.length >= 4 ? base : stripped;
  return rest.replace(/([^aeiouls])\1$/, '$1').replace(/([^aeiou])e$/, '$1');
}
