import { integer, number } from '../config/setting';

/** Chunking */
export const CHUNKING_SETTINGS = {
  /** How deep the similarity of neighbouring windows must fall to end a chunk; see `docs/chunking.md`. */
  driftThreshold: number('CHUNK_DRIFT_THRESHOLD', { default: 0.5, min: 0, max: 10 }),
  /** Longest chunk in tokens. */
  maxTokens: integer('CHUNK_MAX_TOKENS', { default: 384, min: 16 }),
  /** Chunks below this many tokens are merged with a neighbour where possible. */
  minTokens: integer('CHUNK_MIN_TOKENS', { default: 32, min: 0 }),
  /** Tokens of a chunk repeated at the start of the next. */
  overlapTokens: integer('CHUNK_OVERLAP', { default: 0, min: 0 }),
};
