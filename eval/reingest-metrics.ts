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

/** Sums over files, so that a large file counts by its size. */
export function reingestShares(
  files: readonly RecutFile[],
  countTokens: (text: string) => number,
): ReingestShares {
  const paragraphs = { all: 0, changed: 0 };
  const chunks = { all: 0, changed: 0, tokens: 0, changedTokens: 0 };
  for (const { before, after, chunksBefore, chunksAfter } of files) {
    const known = new Set(paragraphsOf(before));
    for (const paragraph of paragraphsOf(after)) {
      const tokens = countTokens(paragraph);
      paragraphs.all += tokens;
      if (!known.has(paragraph)) paragraphs.changed += tokens;
    }
    const kept = new Set(chunksBefore);
    for (const chunk of chunksAfter) {
      const tokens = countTokens(chunk);
      chunks.all++;
      chunks.tokens += tokens;
      if (kept.has(chunk)) continue;
      chunks.changed++;
      chunks.changedTokens += tokens;
    }
  }
  return {
    changedTokenShare: paragraphs.changed / Math.max(1, paragraphs.all),
    reembeddedChunkShare: chunks.changed / Math.max(1, chunks.all),
    reembeddedTokenShare: chunks.changedTokens / Math.max(1, chunks.tokens),
  };
}

/** Parts between blank lines. */
function paragraphsOf(text: string): string[] {
  return text
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
}
