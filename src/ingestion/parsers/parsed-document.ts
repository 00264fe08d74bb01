import { AppError } from '../../common/app-error';

/** Where a page of a document begins. */
export interface PageStart {
  /** UTF-16 offset into the document's text. */
  start: number;
  /** Number of the page or slide, or name of the sheet. */
  label: string;
}

/** What a parser returns for raw content. */
export interface ParsedDocument {
  /** Normalised text in which structure is marked as in Markdown. */
  text: string;
  /** What the document calls itself. */
  title: string | null;
  /** In the order of the text; empty for a document without pages. */
  pages: PageStart[];
}

/** Longest title that is taken from a document. */
export const MAX_TITLE_LENGTH = 500;
/** Longest label of a page; Excel allows names of 31 characters. */
const MAX_LABEL_LENGTH = 64;

/** A title on one line and of bounded length; null for a blank one. */
export function toTitle(text: string): string | null {
  const title = text.replace(/\s+/g, ' ').trim();
  if (title === '') return null;
  return title.length <= MAX_TITLE_LENGTH ? title : cutTo(title, MAX_TITLE_LENGTH);
}

/** The label of a page: on one line, of bounded length. */
export function toLabel(text: string): string {
  const label = text.replace(/[\s\p{C}]+/gu, ' ').trim();
  return label.length <= MAX_LABEL_LENGTH ? label : cutTo(label, MAX_LABEL_LENGTH);
}

/** The page that a range of the text is on, `12`, or the pages that it spans, `12–13`; null without pages. */
export function pageOf(pages: readonly PageStart[], start: number, end: number): string | null {
  let first: string | null = null;
  let last: string | null = null;
  for (const page of pages) {
    if (page.start >= end) break;
    if (page.start <= start || first === null) first = page.label;
    last = page.label;
  }
  return first === null || last === first ? first : `${first}–${last}`;
}

/** `UNREADABLE_DOCUMENT`. @param problem what is wrong, as a sentence */
export function unreadableDocument(problem: string, cause?: unknown): AppError {
  return new AppError('UNREADABLE_DOCUMENT', `${problem} Save it again and resend it.`, { cause });
}

/** `DOCUMENT_LIMIT_EXCEEDED`. @param problem what is too much, as a sentence */
export function limitExceeded(problem: string): AppError {
  return new AppError('DOCUMENT_LIMIT_EXCEEDED', `${problem} Split the document.`);
}

function cutTo(text: string, length: number): string {
  return text
    .slice(0, length)
    .replace(/\p{Cs}$/u, '')
    .trimEnd();
}
