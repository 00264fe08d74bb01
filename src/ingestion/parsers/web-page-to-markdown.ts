import { createRequire } from 'node:module';
import { htmlToMarkdown } from './html-to-markdown';
import type { ParsedDocument } from './parsed-document';

/** A tree of objects takes about fifty times the size of a page, so longer ones are not made one. UTF-16 code units. */
const MAX_TREE_LENGTH = 2_000_000;
/** Readability visits an element many times. */
const MAX_ELEMENTS = 20_000;
/** An article that is a smaller share of the page's content is a mistake, such as the one long paragraph of a manual. */
const MIN_ARTICLE_SHARE = 0.2;
/** The two libraries are loaded by the first page, in 0.3 s: parsers of other documents never need them. */
const load = createRequire(__filename);
const TOP_HEADING = /^# .*$/gm;
const SECOND_HEADING = /^## .*$/gm;
const TABLE_ROW = /^\|/gm;

/**
 * A web page as Markdown. Where it is an article, only what Mozilla's Readability takes for the article, which leaves out
 * menus, teasers and comments that no element marks as such; else all of its main content ({@link htmlToMarkdown}).
 * @throws AppError `UNREADABLE_TEXT` for elements nested deeper than any page
 */
export function webPageToMarkdown(html: string): ParsedDocument {
  const page = htmlToMarkdown(html);
  const article = html.length <= MAX_TREE_LENGTH ? articleOf(html) : null;
  if (article === null) return page;
  const { text } = htmlToMarkdown(article);
  if (text.length < page.text.length * MIN_ARTICLE_SHARE || countRows(text) < countRows(page.text))
    return page;
  // Readability makes h2 of every h1, and leaves out the one that repeats the page's title.
  const headings = page.text.match(TOP_HEADING) ?? [];
  const restored = text.replace(SECOND_HEADING, (line) => headings.find((top) => `#${top}` === line) ?? line);
  const [first = ''] = headings;
  return { ...page, text: restored.includes(first) ? restored : `${first}\n\n${restored}` };
}

/** The article of a page as HTML; null for a page that is something else, or that Readability cannot read. */
function articleOf(html: string): string | null {
  const { parseHTML } = load('linkedom') as typeof import('linkedom');
  const { isProbablyReaderable, Readability } = load(
    '@mozilla/readability',
  ) as typeof import('@mozilla/readability');
  try {
    const { document } = parseHTML(html);
    if (!isProbablyReaderable(document)) return null;
    return new Readability(document, { maxElemsToParse: MAX_ELEMENTS }).parse()?.content ?? null;
  } catch {
    return null;
  }
}

const countRows = (markdown: string): number => markdown.match(TABLE_ROW)?.length ?? 0;
