import { splitSentences } from '../../text-analysis/sentence-scanner';

/** Code and tables can be one long "sentence"; more of it is no longer an answer. */
const MAX_CHARACTERS = 600;

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
