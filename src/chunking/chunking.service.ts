import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { workerEntry } from '../common/worker-entry';
import { AppConfig } from '../config/app-config';
import type { ChunkOutcome, ChunkTask } from './chunk.worker';
import { type ChunkingSettings, settingsWithDefaults, windowMaxTokens } from './chunking-settings';
import { serveEmbeddings } from './embedding-port';

/** What chunking needs from the embedding model; an `EmbeddingModel` is one. */
export interface ChunkingModel {
  /** The model reads this many tokens of a text. */
  readonly maxInputTokens: number;
  /** Path of a module, without extension, whose default export counts the tokens of a text. */
  readonly tokenCounterModule: string;
}

/** Vectors of texts, one L2-normalised vector per text in the same order. */
export type EmbedTexts = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

const IDLE_TIMEOUT_MS = 30_000;
const MEMORY_LIMIT_MB = 512;

/**
 * Cuts text to chunks with the configured chunker, in worker threads: the event loop only slices the windows and transfers
 * their vectors, less than a millisecond per 100 KB.
 */
@Injectable()
export class ChunkingService implements OnApplicationShutdown {
  private readonly pool: Piscina<ChunkTask, ChunkOutcome>;

  constructor(private readonly config: AppConfig) {
    this.pool = new Piscina<ChunkTask, ChunkOutcome>({
      ...workerEntry(join(__dirname, 'chunk.worker')),
      minThreads: 0,
      // A document occupies its thread while its windows are embedded; one more is for previews.
      maxThreads: config.queue.chunkConcurrency + 1,
      idleTimeout: IDLE_TIMEOUT_MS,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
    });
  }

  /** Settings with the defaults of the configuration. */
  settingsOf(settings: ChunkingSettings): Required<ChunkingSettings> {
    return settingsWithDefaults(settings, this.config.chunking);
  }

  /**
   * Cuts a normalised text to chunks.
   * @param text offsets of the result are UTF-16 offsets into this very string
   * @param settings overrides of the configured defaults
   * @param embed called once with all windows of a text, for a very long one in batches of some thousands; never by
   *   chunkers other than `drift`
   * @returns chunks in order that together contain every character except white space; none for a blank text
   * @throws whatever `embed` throws, and the signal's reason
   */
  async chunk(
    text: string,
    settings: ChunkingSettings,
    { maxInputTokens, tokenCounterModule }: ChunkingModel,
    embed: EmbedTexts,
    { signal, explain = false }: { signal?: AbortSignal; explain?: boolean } = {},
  ): Promise<ChunkOutcome> {
    const { chunker, ...sizes } = this.settingsOf(settings);
    const options = { ...sizes, windowMaxTokens: windowMaxTokens(maxInputTokens) };
    const { port1: port, port2: embeddings } = new MessageChannel();
    let failure: unknown;
    serveEmbeddings(port, text, embed, (error) => (failure = error));
    try {
      const task: ChunkTask = { text, chunker, options, tokenCounterModule, explain, embeddings };
      return await this.pool.run(task, { transferList: [embeddings], signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw failure ?? error;
    } finally {
      port.close();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
