/** What a parser makes of raw content. */
export interface ParsedDocument {
  /** Normalised text in which structure is marked as in Markdown. */
  text: string;
  /** What the document calls itself. */
  title: string | null;
}

/** Longest title that is taken from a document. */
export const MAX_TITLE_LENGTH = 500;

/** A title on one line and of bounded length; null for a blank one. */
export function toTitle(text: string): string | null {
  const title = text.replace(/\s+/g, ' ').trim();
  if (title === '') return null;
  return title.length <= MAX_TITLE_LENGTH
    ? title
    : title
        .slice(0, MAX_TITLE_LENGTH)
        .replace(/\p{Cs}$/u, '')
        .trimEnd();
}
