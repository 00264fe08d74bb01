import { getDocumentProxy } from 'unpdf';
import { AppError } from '../../common/app-error';
import { PageJoiner } from './page-joiner';
import { limitExceeded, type ParsedDocument, unreadableDocument } from './parsed-document';
import { meaningfulTitle } from './document-title';
import { type PdfLine, PdfLines } from './pdf-lines';

const MAX_PAGES = 5000;
/** Only errors are of interest. */
const SILENT = 0;

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/**
 * The text of a PDF, page by page: larger lines are headings, what repeats at the edges of pages is left out.
 * @throws AppError `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `DOCUMENT_LIMIT_EXCEEDED`, `EMPTY_DOCUMENT` for pages
 *   that are pictures
 */
export async function pdfToMarkdown(raw: Uint8Array): Promise<ParsedDocument> {
  const pdf = await opened(raw);
  try {
    if (pdf.numPages > MAX_PAGES) throw limitExceeded(`The PDF has more than ${MAX_PAGES} pages.`);
    const lines = new PdfLines();
    for (let n = 1; n <= pdf.numPages; n++) lines.addPage(await linesOf(pdf, n));
    const joiner = new PageJoiner();
    for (const [index, page] of lines.pages().entries()) joiner.add(String(index + 1), page);
    if (joiner.pages.length === 0)
      throw new AppError(
        'EMPTY_DOCUMENT',
        'The PDF holds no text, perhaps pictures of pages. Send it with recognised text (OCR).',
      );
    return { text: joiner.text, title: (await titleOf(pdf)) ?? lines.title, pages: joiner.pages };
  } finally {
    await pdf.destroy().catch(() => undefined);
  }
}

async function opened(raw: Uint8Array): Promise<Pdf> {
  try {
    // A copy: pdf.js detaches the buffer it is given.
    return await getDocumentProxy(new Uint8Array(raw), { verbosity: SILENT, isEvalSupported: false });
  } catch (error) {
    if ((error as Error).name === 'PasswordException')
      throw new AppError(
        'ENCRYPTED_DOCUMENT',
        'The PDF is protected by a password. Send it without password.',
      );
    throw unreadableDocument('The PDF is damaged, or no PDF.', error);
  }
}

/** A page that cannot be read is empty; the others are read all the same. */
async function linesOf(pdf: Pdf, n: number): Promise<PdfLine[]> {
  try {
    const page = await pdf.getPage(n);
    const { items } = await page.getTextContent();
    page.cleanup();
    return toLines(items);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return [];
  }
}

type TextItem = Awaited<ReturnType<Awaited<ReturnType<Pdf['getPage']>>['getTextContent']>>['items'][number];

function toLines(items: readonly TextItem[]): PdfLine[] {
  const lines: PdfLine[] = [];
  let line: PdfLine | null = null;
  for (const item of items) {
    if (!('str' in item)) continue;
    const [, , c, d, , y] = item.transform as number[];
    if (item.str !== '') {
      line ??= { text: '', size: 0, y };
      line.text += item.str;
      if (item.str.trim() !== '') line.size = Math.max(line.size, Math.round(Math.hypot(c, d) * 2) / 2);
    }
    if (item.hasEOL && line !== null) {
      lines.push(line);
      line = null;
    }
  }
  if (line !== null) lines.push(line);
  return lines.map(({ text, ...rest }) => ({ ...rest, text: text.trim() })).filter(({ text }) => text !== '');
}

async function titleOf(pdf: Pdf): Promise<string | null> {
  try {
    const { Title } = (await pdf.getMetadata()).info as { Title?: unknown };
    return typeof Title === 'string' ? meaningfulTitle(Title) : null;
  } catch {
    return null;
  }
}
