/** How much of edited files has to be embedded again; shares are 0 to 1 of the new versions. */
export interface ReingestShares {
  /** Tokens that lie in paragraphs that the old version does not hold. */
  changedTokenShare: number;
  /** Chunks whose text the old version's chunks do not hold. */
  reembeddedChunkShare: number;
  /** Their tokens. */
  reembeddedTokenShare: number;
}

/** One file in both versions, cut to chunks by the same chunker. */
export interface RecutFile {
  before: string;
  after: string;
  chunksBefore: readonly string[];
  chunksAfter: readonly string[];
}

/** What of a file's new version is there, and what of it the old one does not hold. */
export interface RecutCounts {
  paragraphTokens: number;
  changedParagraphTokens: number;
  chunks: number;
  changedChunks: number;
  chunkTokens: number;
  changedChunkTokens: number;
}

/** Counts one file; a chunk of another file is not known. */
export function recutCounts(
  { before, after, chunksBefore, chunksAfter }: RecutFile,
  countTokens: (text: string) => number,
): RecutCounts {
  const paragraphs = paragraphsOf(after);
  const changedParagraphs = without(paragraphs, paragraphsOf(before));
  const changedChunks = without(chunksAfter, chunksBefore);
  const tokensOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    paragraphTokens: tokensOf(paragraphs),
    changedParagraphTokens: tokensOf(changedParagraphs),
    chunks: chunksAfter.length,
    changedChunks: changedChunks.length,
    chunkTokens: tokensOf(chunksAfter),
    changedChunkTokens: tokensOf(changedChunks),
  };
}

/** Sums over files, so that a large file counts by its size. */
export function reingestShares(files: readonly RecutCounts[]): ReingestShares {
  const sum = (key: keyof RecutCounts) => files.reduce((total, file) => total + file[key], 0);
  return {
    changedTokenShare: sum('changedParagraphTokens') / Math.max(1, sum('paragraphTokens')),
    reembeddedChunkShare: sum('changedChunks') / Math.max(1, sum('chunks')),
    reembeddedTokenShare: sum('changedChunkTokens') / Math.max(1, sum('chunkTokens')),
  };
}

function without(texts: readonly string[], known: readonly string[]): string[] {
  const set = new Set(known);
  return texts.filter((text) => !set.has(text));
}

/** Parts between blank lines. */
function paragraphsOf(text: string): string[] {
  return text
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}
