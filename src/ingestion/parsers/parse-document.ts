import { AppError } from '../../common/app-error';
import type { MediaType } from '../media-type';
import { csvToText } from './csv-to-text';
import { docxToMarkdown } from './docx-to-markdown';
import { jsonLinesToText, jsonToText } from './json-to-text';
import { markdownTitle } from './markdown-title';
import { normaliseText } from './normalise-text';
import { type ParsedDocument, unreadableDocument } from './parsed-document';
import { pdfToMarkdown } from './pdf-to-markdown';
import { pptxToMarkdown } from './pptx-to-markdown';
import { webPageToMarkdown } from './web-page-to-markdown';
import { xlsxToText } from './xlsx-to-text';

/** Name of the encrypted content of a protected Office file, as an OLE directory stores it. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');

type Parser = (raw: Uint8Array) => ParsedDocument | Promise<ParsedDocument>;

/** A parser of valid UTF-8 text. */
const ofText =
  (parse: (text: string) => ParsedDocument): Parser =>
  (raw) =>
    parse(new TextDecoder().decode(raw));

/** The parser of each media type; each returns text with Markdown structure. Large libraries are loaded on first use. */
const PARSERS: Record<MediaType, Parser> = {
  'text/plain': ofText((text) => ({ text: normaliseText(text), title: null, pages: [] })),
  'text/markdown': ofText((text) => {
    const normalised = normaliseText(text);
    return { text: normalised, title: markdownTitle(normalised), pages: [] };
  }),
  'text/html': ofText((html) => {
    const { text, title } = webPageToMarkdown(html);
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
 * Converts raw content to normalised text. May take long for a large document, so it runs in a process of its own.
 * @throws AppError `UNREADABLE_TEXT`, `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`,
 *   `EMPTY_DOCUMENT`
 */
export async function parseDocument(raw: Uint8Array, mediaType: MediaType): Promise<ParsedDocument> {
  return PARSERS[mediaType](raw);
}

/** No parser reads OLE files: the error says whether the cause is a password, or the age of the format. */
function refuseOleStorage(raw: Uint8Array): never {
  if (Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).includes(ENCRYPTED))
    throw new AppError(
      'ENCRYPTED_DOCUMENT',
      'The Office file is protected by a password. Send it without password.',
    );
  throw unreadableDocument('This is a file of Office 97-2003; .docx, .pptx and .xlsx can be read.');
}
