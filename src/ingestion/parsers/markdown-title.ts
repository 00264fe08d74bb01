import { toTitle } from './parsed-document';

/** Headings further down are not the document's title. */
const MAX_LINES = 50;
const FENCE = /^ {0,3}(?:```|~~~)/;
const ATX_HEADING = /^ {0,3}#{1,2}[ \t]+(\S.*)$/;
const SETEXT_UNDERLINE = /^ {0,3}=+$/;

/** The first heading of level 1 or 2 near the start of a normalised Markdown text, without its markup. */
export function markdownTitle(text: string): string | null {
  const lines = text.split('\n', MAX_LINES + 1);
  for (let i = 0; i < lines.length; i++) {
    if (FENCE.test(lines[i])) return null;
    const heading = ATX_HEADING.exec(lines[i])?.[1].replace(/(?<![ \t])[ \t]+#+$/, '');
    if (heading !== undefined) return toTitle(withoutMarkup(heading));
    if (i > 0 && SETEXT_UNDERLINE.test(lines[i])) return toTitle(withoutMarkup(lines[i - 1]));
  }
  return null;
}

/** Emphasis, code, links and images reduced to their words. */
function withoutMarkup(heading: string): string {
  return heading
    .slice(0, 2000)
    .replace(/!\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/<[^<>]*>/g, '')
    .replace(/[*`]/g, '');
}
