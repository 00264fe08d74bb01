import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import type { Chunk, Chunker, TextRange } from './chunk';
import { hardPieces } from './hard-cut';
import { headingPathsOf } from './heading-paths';
import { textStretches } from './text-stretches';
import { trimEnd, trimStart } from './white-space';

/** What has no separator stays whole: `hardPieces` cuts it better than the library, which would split surrogate pairs. */
class WordSplitter extends RecursiveCharacterTextSplitter {
  protected override splitOnSeparator(text: string, separator: string): string[] {
    return separator === '' ? [text] : super.splitOnSeparator(text, separator);
  }
}

/**
 * LangChain's recursive splitter: paragraphs, lines and words joined up to the maximum. Knows neither meaning nor a
 * minimum. Nothing is embedded.
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
  for (const stretch of textStretches(text)) {
    const pieces = await splitter.splitText(text.slice(stretch.start, stretch.end));
    for (const range of locate(text, stretch, pieces)) {
      if (countTokens(text.slice(range.start, range.end)) <= maxTokens) yield toChunk(range.start, range.end);
      else
        for (const { start, end } of hardPieces(text, range, maxTokens, countTokens))
          yield toChunk(start, end);
    }
  }
};

/**
 * Finds the pieces of a stretch, which overlap and of whose ends white space was cut off. A piece is where it last occurs
 * before the text that no piece holds yet: never before where the splitter took it from, so no text is left out.
 */
function* locate(text: string, { start, end }: TextRange, pieces: readonly string[]): Generator<TextRange> {
  let covered = start;
  for (const piece of pieces) {
    const content = piece.trim();
    const from = text.lastIndexOf(content, trimStart(text, covered, end));
    const to = from + content.length;
    if (content === '' || to <= covered) continue;
    covered = to;
    yield { start: from, end: trimEnd(text, from, to) };
  }
}
