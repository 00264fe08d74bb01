import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { Chunk, ChunkingOptions, EmbedWindows } from './chunk';
import { CHUNKERS, type ChunkerName } from './chunkers';

/** A collection's own settings; what is left out comes from the configuration. */
export interface ChunkingSettings extends Partial<
  Pick<ChunkingOptions, 'maxTokens' | 'minTokens' | 'overlapTokens' | 'driftThreshold'>
> {
  /** Default `drift`. */
  chunker?: ChunkerName;
}

/** What chunking must know of the embedding model; an `EmbeddingModel` is one. */
export interface ChunkingModel {
  /** The model reads this many tokens of a text. */
  readonly maxInputTokens: number;
  countTokens(text: string): number;
}

/** Windows longer than this blur what they say, also where a model could read more. */
const MAX_WINDOW_TOKENS = 256;

/** Cuts text to chunks with the configured chunker. */
@Injectable()
export class ChunkingService {
  constructor(private readonly config: AppConfig) {}

  /**
   * Cuts a normalised text to chunks.
   * @param text valid offsets of the result are UTF-16 offsets into this very string
   * @param settings overrides of the configured defaults
   * @param embed asked once for the windows of a text, in batches of some thousands for a very long one
   * @returns chunks in order that together hold every character but white space; none for a blank text
   * @throws whatever `embed` throws
   */
  chunk(
    text: string,
    settings: ChunkingSettings,
    model: ChunkingModel,
    embed: EmbedWindows,
  ): Promise<Chunk[]> {
    const { chunker = 'drift', ...overrides } = settings;
    return CHUNKERS[chunker](text, this.optionsFor(overrides, model), embed);
  }

  private optionsFor(overrides: Omit<ChunkingSettings, 'chunker'>, model: ChunkingModel): ChunkingOptions {
    const { maxTokens, minTokens, overlapTokens, driftThreshold } = { ...this.config.chunking, ...overrides };
    return {
      maxTokens,
      minTokens: Math.min(minTokens, maxTokens),
      overlapTokens: Math.min(overlapTokens, Math.floor(maxTokens / 2)),
      driftThreshold,
      windowMaxTokens: Math.min(model.maxInputTokens, MAX_WINDOW_TOKENS),
      countTokens: (part) => model.countTokens(part),
    };
  }
}
