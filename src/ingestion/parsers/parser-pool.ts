import { join } from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { AppError } from '../../common/app-error';
import { workerEntry } from '../../common/worker-entry';
import { AppConfig } from '../../config/app-config';
import type { MediaType } from '../media-type';
import type { ParseOutcome, ParseTask } from './parse.worker';
import type { ParsedDocument } from './parsed-document';

const TIME_LIMIT_MS = 30_000;
const MEMORY_LIMIT_MB = 512;
const IDLE_TIMEOUT_MS = 30_000;

/** Parses documents in threads of their own: no document blocks the event loop, or takes more than its share. */
@Injectable()
export class ParserPool implements OnApplicationShutdown {
  private readonly pool: Piscina<ParseTask, ParseOutcome>;

  constructor(config: AppConfig) {
    this.pool = new Piscina<ParseTask, ParseOutcome>({
      ...workerEntry(join(__dirname, 'parse.worker')),
      minThreads: 0,
      maxThreads: config.queue.parseConcurrency,
      idleTimeout: IDLE_TIMEOUT_MS,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
    });
  }

  /**
   * @throws AppError `UNREADABLE_TEXT`, also for a document that takes too long or too much memory; the signal's
   *   reason if it aborts
   */
  async parse(raw: Uint8Array, mediaType: MediaType, signal: AbortSignal): Promise<ParsedDocument> {
    const timeLimit = AbortSignal.timeout(TIME_LIMIT_MS);
    try {
      const outcome = await this.pool.run(
        { raw, mediaType },
        { signal: AbortSignal.any([signal, timeLimit]) },
      );
      if ('parsed' in outcome) return outcome.parsed;
      throw new AppError('UNREADABLE_TEXT', outcome.unreadable);
    } catch (error) {
      signal.throwIfAborted();
      if (timeLimit.aborted)
        throw new AppError('UNREADABLE_TEXT', `Parsing takes more than ${TIME_LIMIT_MS / 1000} seconds.`);
      if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw new AppError('UNREADABLE_TEXT', `Parsing takes more than ${MEMORY_LIMIT_MB} MB of memory.`);
      throw error;
    }
  }

  /** After the workers have closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
