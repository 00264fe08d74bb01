import { htmlToMarkdown } from './html-to-markdown';
import { coreTitle } from './document-title';
import { OfficePackage } from './office-package';
import { normaliseText } from './normalise-text';
import { type ParsedDocument, unreadableDocument } from './parsed-document';

const STYLES = [`p[style-name='Title'] => h1:fresh`, `p[style-name='Subtitle'] => p:fresh`];

/**
 * A Word document: headings, lists, tables and notes as Markdown. Where its pages end is not written in it, so it has
 * none.
 * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`
 */
export async function docxToMarkdown(raw: Uint8Array): Promise<ParsedDocument> {
  const office = await OfficePackage.open(raw);
  office.require('word/document.xml');
  const html = await htmlOf(office);
  const { text, title } = htmlToMarkdown(html);
  return { text: normaliseText(text), title: coreTitle(office) ?? title, pages: [] };
}

async function htmlOf(office: OfficePackage): Promise<string> {
  // It takes a while to load, and some threads never need it.
  const { default: mammoth } = await import('mammoth');
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(office.repacked()) },
      {
        styleMap: STYLES,
        // Pictures were left out of the package; their descriptions stay.
        convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
      },
    );
    return value;
  } catch (error) {
    throw unreadableDocument('The Word document is damaged.', error);
  }
}
