import type { MediaType } from '../media-type';
import { htmlToMarkdown } from './html-to-markdown';
import { markdownTitle } from './markdown-title';
import { normaliseText } from './normalise-text';
import type { ParsedDocument } from './parsed-document';

/** The parser of each media type: valid UTF-8 text in, structure marked as in Markdown out. */
const PARSERS: Record<MediaType, (text: string) => ParsedDocument> = {
  'text/plain': (text) => ({ text: normaliseText(text), title: null }),
  'text/markdown': (text) => {
    const normalised = normaliseText(text);
    return { text: normalised, title: markdownTitle(normalised) };
  },
  'text/html': (html) => {
    const { text, title } = htmlToMarkdown(html);
    return { text: normaliseText(text), title };
  },
};

/**
 * Makes normalised text of raw content. Pure; may take long for a large document, so it runs in a thread.
 * @throws AppError `UNREADABLE_TEXT`
 */
export function parseDocument(raw: Uint8Array, mediaType: MediaType): ParsedDocument {
  return PARSERS[mediaType](new TextDecoder().decode(raw));
}
