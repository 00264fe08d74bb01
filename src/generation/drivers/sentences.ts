/** Up to the end of a sentence: a mark with white space behind it, or a CJK mark. Linear: nothing is read twice. */
const SENTENCE =
  // eslint-disable-next-line regexp/no-super-linear-move -- it never fails: what the loop refuses ends a sentence
  /[^.!?。！？]*(?:[.!?](?!["'”’)\]]*(?:\s|$))[^.!?。！？]*)*(?:[.!?]["'”’)\]]*(?=\s|$)|[。！？]+|$)/gu;
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|no|fig|dr|mr|mrs|ms|prof|st|inc|ltd|[A-Z])\.$/i;
const CONTINUATION = /^\s*[\p{Ll}]/u;

/** Code and tables can be one long "sentence"; more of it is no longer an answer. */
const MAX_CHARACTERS = 600;

/** The sentences of running text, trimmed, in order. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let open = '';
  for (const [piece] of text.matchAll(SENTENCE)) {
    if (piece === '') continue;
    const continues = open !== '' && (ABBREVIATION.test(open) || CONTINUATION.test(piece));
    if (!continues && open !== '') {
      sentences.push(open);
      open = '';
    }
    open += piece;
  }
  if (open !== '') sentences.push(open);
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
}

/** What of a passage can be quoted: its sentences; a list item, line of a table or code block is one of its own. */
export function quotableSentences(passage: string): string[] {
  return passage
    .split(/\n\s*\n|\n(?=[ \t]*(?:[-*+#|>]|\d{1,9}[.)]\s|```|~~~))|\n(?<=^#{1,6} [^\n]*\n)/m)
    .flatMap((block) => (/^\s*(?:```|~~~|\|)/.test(block) ? [block] : splitSentences(block)))
    .map((text) =>
      text
        .replace(/^\s*(?:[-*+>]|\d{1,9}[.)])\s+/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((text) => text !== '' && !/^#{1,6}\s/.test(text) && !/^(?:```|~~~)\w*$/.test(text))
    .map(cut);
}

function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  return `${[...text.slice(0, MAX_CHARACTERS)].slice(0, -1).join('').trimEnd()}…`;
}
