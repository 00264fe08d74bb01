import type { MediaType } from '../media-type';
import { csvToText } from './csv-to-text';
import { docxToMarkdown } from './docx-to-markdown';
import { htmlToMarkdown } from './html-to-markdown';
import { jsonLinesToText, jsonToText } from './json-to-text';
import { markdownTitle } from './markdown-title';
import { normaliseText } from './normalise-text';
import { refuseOleStorage } from './old-office-file';
import type { ParsedDocument } from './parsed-document';
import { pdfToMarkdown } from './pdf-to-markdown';
import { pptxToMarkdown } from './pptx-to-markdown';
import { xlsxToText } from './xlsx-to-text';

type Parser = (raw: Uint8Array) => ParsedDocument | Promise<ParsedDocument>;

/** A parser of valid UTF-8 text. */
const ofText =
  (parse: (text: string) => ParsedDocument): Parser =>
  (raw) =>
    parse(new TextDecoder().decode(raw));

/** The parser of each media type: structure marked as in Markdown comes out. Large libraries are loaded on first use. */
const PARSERS: Record<MediaType, Parser> = {
  'text/plain': ofText((text) => ({ text: normaliseText(text), title: null, pages: [] })),
  'text/markdown': ofText((text) => {
    const normalised = normaliseText(text);
    return { text: normalised, title: markdownTitle(normalised), pages: [] };
  }),
  'text/html': ofText((html) => {
    const { text, title } = htmlToMarkdown(html);
    return { text: normaliseText(text), title, pages: [] };
  }),
  'text/csv': ofText(csvToText),
  'application/json': ofText(jsonToText),
  'application/x-ndjson': ofText(jsonLinesToText),
  'application/pdf': pdfToMarkdown,
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': docxToMarkdown,
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': pptxToMarkdown,
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': xlsxToText,
  'application/x-ole-storage': refuseOleStorage,
};

/**
 * Makes normalised text of raw content. May take long for a large document, so it runs in a thread.
 * @throws AppError `UNREADABLE_TEXT`, `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`,
 *   `EMPTY_DOCUMENT`
 */
export async function parseDocument(raw: Uint8Array, mediaType: MediaType): Promise<ParsedDocument> {
  return PARSERS[mediaType](raw);
}
