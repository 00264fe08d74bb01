import type { ChunkingOptions } from './chunk';
import type { ChunkerName } from './chunkers';

/** Settings of chunking, of the service or a collection. */
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

/** Settings with the defaults filled in. */
export function settingsWithDefaults(
  settings: ChunkingSettings,
  defaults: ChunkingDefaults,
): Required<ChunkingSettings> {
  const maxTokens = settings.maxTokens ?? defaults.maxTokens;
  return {
    chunker: settings.chunker ?? 'drift',
    maxTokens,
    minTokens: Math.min(settings.minTokens ?? defaults.minTokens, maxTokens),
    overlapTokens: Math.min(settings.overlapTokens ?? defaults.overlapTokens, Math.floor(maxTokens / 2)),
    driftThreshold: settings.driftThreshold ?? defaults.driftThreshold,
  };
}

/** A window's maximum for an embedding model that reads this many tokens of a text. */
export function windowMaxTokens(maxInputTokens: number): number {
  return Math.min(maxInputTokens, MAX_WINDOW_TOKENS);
}
