/** Half-open range of UTF-16 offsets into the normalised text: `text.slice(start, end)`. */
export interface TextRange {
  start: number;
  end: number;
}

/**
 * What a cut would separate, from the best place to the worst: sections, blocks (paragraphs), items of a list, sentences,
 * rows of a table or lines of code, words.
 */
export type CutKind = 'section' | 'block' | 'item' | 'sentence' | 'row' | 'word';

/** A piece of a document, the unit of retrieval. */
export interface Chunk extends TextRange {
  /** Position among the document's chunks, from 0. */
  ordinal: number;
  /** Exactly `text.slice(start, end)`. */
  content: string;
  /** Length in tokens by the chunker's `countTokens`; never above `maxTokens`. */
  tokenCount: number;
  /** Titles of the headings that the chunk stands under, outermost first. */
  headingPath: string[];
  /**
   * The ranges (absolute offsets, in order, within the chunk) whose vectors' mean is the chunk's vector; each
   * fits the embedding model's input. At least one.
   */
  windows: TextRange[];
}

export interface ChunkingOptions {
  /** Upper bound of a chunk in tokens; no chunk exceeds it, whatever the input. */
  maxTokens: number;
  /** Chunks below this are merged with a neighbour where the maximum allows. */
  minTokens: number;
  /** Tokens at the end of a chunk repeated at the start of the next; 0 for none, at most half of the maximum. */
  overlapTokens: number;
  /** Drift, in standard deviations of its neighbourhood, above which it favours a cut; see `docs/chunking.md`. */
  driftThreshold: number;
  /** Windows never exceed this many of the embedding model's tokens. */
  windowMaxTokens: number;
  /** Tokens of a text by the embedding model's tokenizer; synchronous. */
  countTokens: (text: string) => number;
  /** Called for every candidate boundary, in order, by chunkers that weigh boundaries. */
  onBoundary?: (boundary: Boundary) => void;
}

/**
 * Why a text is cut where it is: a section begins; the subject changes; the two sides do not fit one chunk; a paragraph
 * begins and the chunk is long enough; two chunks of even size are better than one large one.
 */
export type CutReason = 'section' | 'drift' | 'size' | 'paragraph' | 'evenness';

/** A place where a text can be cut, and whether it was. */
export interface Boundary {
  /** Offset of the first character behind it. */
  offset: number;
  /** What a cut there separates. */
  parts: CutKind;
  /** Cosine similarity of what stands before and after, -1 to 1; null where nothing was embedded. */
  similarity: number | null;
  /** How far that lies below the similarities around, in their standard deviations; null where nothing was embedded. */
  drift: number | null;
  /** Null where the chunk continues. */
  reason: CutReason | null;
}

/**
 * Vectors of windows, asked for together so that the caller can batch.
 * @param windows ranges of the text that is cut
 * @returns one L2-normalised vector per window, in the same order
 */
export type EmbedWindows = (windows: readonly TextRange[]) => Promise<readonly Float32Array[]>;

/**
 * A chunker is a pure function; it gets the vectors that it needs from `embed`. Chunks are yielded in order, so that those of a
 * long text need not be in memory together.
 */
export type Chunker = (text: string, options: ChunkingOptions, embed: EmbedWindows) => AsyncIterable<Chunk>;
