import type { ChunkingOptions } from './chunk';
import type { ChunkerName } from './chunker-names';

/** What a person may choose about chunking, for the service or a collection. */
export type ChunkingDefaults = Pick<
  ChunkingOptions,
  'maxTokens' | 'minTokens' | 'overlapTokens' | 'driftThreshold'
>;

/** A collection's own settings; what is left out comes from the configuration. */
export interface ChunkingSettings extends Partial<ChunkingDefaults> {
  /** Default `drift`. */
  chunker?: ChunkerName;
}

/** Windows longer than this blur what they say, also where a model could read more. */
const MAX_WINDOW_TOKENS = 256;

/**
 * The options of one run.
 * @param maxInputTokens the embedding model reads this many tokens of a text
 */
export function chunkingOptions(
  settings: Partial<ChunkingDefaults>,
  defaults: ChunkingDefaults,
  maxInputTokens: number,
): Omit<ChunkingOptions, 'countTokens'> {
  const maxTokens = settings.maxTokens ?? defaults.maxTokens;
  const minTokens = settings.minTokens ?? defaults.minTokens;
  const overlapTokens = settings.overlapTokens ?? defaults.overlapTokens;
  return {
    maxTokens,
    minTokens: Math.min(minTokens, maxTokens),
    overlapTokens: Math.min(overlapTokens, Math.floor(maxTokens / 2)),
    driftThreshold: settings.driftThreshold ?? defaults.driftThreshold,
    windowMaxTokens: Math.min(maxInputTokens, MAX_WINDOW_TOKENS),
  };
}
