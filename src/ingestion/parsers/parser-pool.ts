import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '../../common/app-error';
import { AppConfig } from '../../config/app-config';
import type { MediaType } from '../media-type';
import type { ParseOutcome } from './parse.process';
import { limitExceeded, type ParsedDocument, unreadableDocument } from './parsed-document';
import { ParserProcess } from './parser-process';

const IDLE_TIMEOUT_MS = 30_000;

/** Parses documents in child processes, so that none can block the event loop, exhaust memory, or crash the service. */
@Injectable()
export class ParserPool implements OnApplicationShutdown {
  private readonly logger = new Logger('Parsers');
  private readonly busy = new Set<ParserProcess>();
  private readonly idle: { parser: ParserProcess; timer: NodeJS.Timeout }[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly config: AppConfig) {}

  /**
   * @throws AppError `UNREADABLE_TEXT`, `UNREADABLE_DOCUMENT`, `ENCRYPTED_DOCUMENT`, `EMPTY_DOCUMENT`,
   *   `DOCUMENT_LIMIT_EXCEEDED` for a document that takes too long or too much memory; the signal's reason if it aborts
   */
  async parse(raw: Uint8Array, mediaType: MediaType, signal: AbortSignal): Promise<ParsedDocument> {
    const { parseTimeoutMs } = this.config.ingestion;
    const parser = await this.take();
    const timeLimit = AbortSignal.timeout(parseTimeoutMs);
    try {
      const outcome = await parser.parse({ raw, mediaType }, AbortSignal.any([signal, timeLimit]));
      return this.parsedOf(outcome, mediaType);
    } catch (error) {
      signal.throwIfAborted();
      if (timeLimit.aborted) throw limitExceeded(`Parsing takes more than ${parseTimeoutMs / 1000} seconds.`);
      throw error;
    } finally {
      this.giveBack(parser);
    }
  }

  /** After the workers have closed. */
  async onApplicationShutdown(): Promise<void> {
    for (const { timer } of this.idle) clearTimeout(timer);
    await Promise.all([...this.busy, ...this.idle.map(({ parser }) => parser)].map((parser) => parser.end()));
    this.idle.length = 0;
  }

  /** Waits for an idle process. */
  private async take(): Promise<ParserProcess> {
    while (this.busy.size >= this.config.queue.parseConcurrency)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    const free = this.idle.pop();
    clearTimeout(free?.timer);
    const parser = free?.parser.isAlive
      ? free.parser
      : new ParserProcess(this.config.ingestion.parseMemoryMb);
    this.busy.add(parser);
    return parser;
  }

  private giveBack(parser: ParserProcess): void {
    this.busy.delete(parser);
    if (parser.isAlive) {
      const timer = setTimeout(() => {
        this.idle.splice(
          this.idle.findIndex((one) => one.parser === parser),
          1,
        );
        void parser.end();
      }, IDLE_TIMEOUT_MS).unref();
      this.idle.push({ parser, timer });
    }
    this.waiting.shift()?.();
  }

  private parsedOf(outcome: ParseOutcome, mediaType: MediaType): ParsedDocument {
    if ('parsed' in outcome) return outcome.parsed;
    if ('failed' in outcome) throw new AppError(outcome.failed.code, outcome.failed.message);
    this.logger.warn(`the parser of ${mediaType} failed: ${outcome.unforeseen}`);
    if (outcome.isTooMuch) throw limitExceeded('The document is nested too deep, or unpacks to too much.');
    throw unreadableDocument('The document is damaged.');
  }
}
