import type { Chunk } from '../chunking/chunk';
import { sha256Hex } from '../common/hash';
import { newId } from '../common/ids';
import type { StagedChunk } from '../corpus/document';

/** Chunks as they are stored: with an id, their hash, and windows that do not depend on where in the text they stand. */
export function toStagedChunks(chunks: readonly Chunk[]): StagedChunk[] {
  return chunks.map(({ ordinal, start, end, content, headingPath, tokenCount, windows }) => ({
    id: newId(),
    ordinal,
    start,
    end,
    content,
    contentHash: sha256Hex(content),
    headingPath,
    tokenCount,
    windows: windows.flatMap((window) => [window.start - start, window.end - start]),
  }));
}

/** The texts of a stored chunk's windows. */
export function windowTexts(content: string, windows: readonly number[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < windows.length; i += 2) texts.push(content.slice(windows[i], windows[i + 1]));
  return texts;
}
