import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import type { Chunk, Chunker } from './chunk';
import { hardPieces } from './hard-cut';
import { headingPathsOf } from './block-scanner';
import { locatePieces } from './locate-pieces';
import { textSegments } from './text-segments';

/** Leaves text without separators whole: `hardPieces` cuts it, while the library would split surrogate pairs. */
class WordSplitter extends RecursiveCharacterTextSplitter {
  protected override splitOnSeparator(text: string, separator: string): string[] {
    return separator === '' ? [text] : super.splitOnSeparator(text, separator);
  }
}

/**
 * LangChain's recursive splitter: paragraphs, lines and words joined up to the maximum. Ignores meaning and the minimum.
 * Nothing is embedded.
 */
export const chunkRecursively: Chunker = async function* (text, options) {
  const { maxTokens, overlapTokens, windowMaxTokens, countTokens } = options;
  const splitter = new WordSplitter({
    chunkSize: maxTokens,
    chunkOverlap: overlapTokens,
    lengthFunction: countTokens,
  });
  const headingPathOf = headingPathsOf(text);
  let ordinal = 0;
  const toChunk = (start: number, end: number): Chunk => {
    const content = text.slice(start, end);
    return {
      ordinal: ordinal++,
      start,
      end,
      content,
      tokenCount: countTokens(content),
      headingPath: [...headingPathOf(start)],
      windows: hardPieces(text, { start, end }, windowMaxTokens, countTokens),
    };
  };
  for (const segment of textSegments(text)) {
    const pieces = await splitter.splitText(text.slice(segment.start, segment.end));
    for (const range of locatePieces(text, segment, pieces)) {
      if (countTokens(text.slice(range.start, range.end)) <= maxTokens) yield toChunk(range.start, range.end);
      else
        for (const { start, end } of hardPieces(text, range, maxTokens, countTokens))
          yield toChunk(start, end);
    }
  }
};
