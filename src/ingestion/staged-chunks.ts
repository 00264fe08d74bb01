import type { Chunk } from '../chunking/chunk';
import { sha256Hex } from '../common/hash';
import { newId } from '../common/ids';
import type { StagedChunk, StagedText } from '../corpus/document';
import { pageOf, type PageStart } from './parsers/parsed-document';

/** A sentence at the very start, not too short to say something, nor so long that it is none. */
const FIRST_SENTENCE = /^[\s\S]{10,300}?(?:[.!?](?=\s)|[。！？]|(?=\n\s*\n))/u;
/** A chunk that has the lead here needs it no second time. UTF-16 code units. */
const BEGINNING_LENGTH = 400;

/**
 * Chunks as they are stored: with an id, their hash, windows that do not depend on where in the text they stand, and
 * the words that introduce their document.
 * @param title the document's, if it has one; else its first sentence introduces it
 * @param pages where each page of the text begins
 */
export function toStagedChunks(
  chunks: readonly Chunk[],
  { text, title }: Pick<StagedText, 'text' | 'title'>,
  pages: readonly PageStart[] = [],
): StagedChunk[] {
  const lead = title ?? FIRST_SENTENCE.exec(text)?.[0] ?? null;
  return chunks.map(({ ordinal, start, end, content, headingPath, tokenCount, windows }) => ({
    id: newId(),
    ordinal,
    start,
    end,
    content,
    contentHash: sha256Hex(content),
    headingPath,
    page: pageOf(pages, start, end),
    tokenCount,
    windows: windows.flatMap((window) => [window.start - start, window.end - start]),
    lead: lead === null || holdsLead(content, headingPath, lead) ? null : lead,
  }));
}

function holdsLead(content: string, headingPath: readonly string[], lead: string): boolean {
  return headingPath.includes(lead) || content.slice(0, BEGINNING_LENGTH).includes(lead);
}
