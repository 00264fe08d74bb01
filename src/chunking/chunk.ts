/** Half-open range of UTF-16 offsets into the normalised text: `text.slice(start, end)`. */
export interface TextRange {
  start: number;
  end: number;
}

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
  /** Tokens at the end of a chunk repeated at the start of the next; 0 for none. */
  overlapTokens: number;
  /** Drift, in standard deviations of its neighbourhood, from which it speaks for a cut; see `docs/chunking.md`. */
  driftThreshold: number;
  /** Windows never exceed this many of the embedding model's tokens. */
  windowMaxTokens: number;
  /** Tokens of a text by the embedding model's tokenizer; synchronous. */
  countTokens: (text: string) => number;
}

/**
 * Vectors of windows, asked for in one call per document so that the caller can batch.
 * @returns one L2-normalised vector per text, in the same order
 */
export type EmbedWindows = (texts: readonly string[]) => Promise<Float32Array[]>;

/** A chunker is a pure function; where it needs vectors, they come through `embed`. */
export type Chunker = (text: string, options: ChunkingOptions, embed: EmbedWindows) => Promise<Chunk[]>;
