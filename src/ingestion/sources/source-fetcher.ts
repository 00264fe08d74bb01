import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Agent, type Dispatcher, request } from 'undici';
import { AppError } from '../../common/app-error';
import { AppConfig } from '../../config/app-config';
import type { SourceValidators } from '../../corpus/fetched-content-store';
import { AddressGuard } from './address-guard';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses after which the same request may succeed later. */
const TRANSIENT = new Set([408, 425, 429]);
const HEADER_LIMIT_BYTES = 16_384;

const DECOMPRESSORS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** The response for a URL. */
export type SourceReply =
  | { changed: false; validators: SourceValidators }
  | {
      changed: true;
      bytes: Buffer;
      validators: SourceValidators;
      /** As the server says it. */
      contentType: string | undefined;
      /** Where redirects led. */
      url: URL;
    };

/** Fetches documents by their URLs, from public addresses only, within limits of time and size. */
@Injectable()
export class SourceFetcher implements OnModuleDestroy {
  private readonly guard: AddressGuard;
  private readonly agent: Agent;

  constructor(private readonly config: AppConfig) {
    this.guard = new AddressGuard(config.ingestion.urlAllowHosts);
    this.agent = new Agent({
      connect: { lookup: this.guard.lookup, timeout: config.ingestion.urlTimeoutMs },
      maxHeaderSize: HEADER_LIMIT_BYTES,
      // A kept connection could outlive a change of the host's DNS entry.
      pipelining: 0,
    });
  }

  /**
   * @param known what to compare with; null to get the content in any case
   * @throws AppError `SOURCE_NOT_ALLOWED`, `SOURCE_FAILED`, `SOURCE_UNAVAILABLE`, `PAYLOAD_TOO_LARGE`; the signal's reason
   *   if it aborts
   */
  async fetch(address: string, known: SourceValidators | null, signal: AbortSignal): Promise<SourceReply> {
    const { urlTimeoutMs } = this.config.ingestion;
    const timeLimit = AbortSignal.timeout(urlTimeoutMs);
    try {
      return await this.follow(new URL(address), known, AbortSignal.any([signal, timeLimit]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeLimit.aborted)
        throw new AppError('SOURCE_UNAVAILABLE', `${address} takes more than ${urlTimeoutMs} ms.`);
      throw meaningOf(error, address);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }

  private async follow(
    start: URL,
    known: SourceValidators | null,
    signal: AbortSignal,
  ): Promise<SourceReply> {
    let url = start;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      this.guard.checkUrl(url);
      const response = await request(url, {
        dispatcher: this.agent,
        signal,
        headers: {
          'user-agent': 'Evergreen',
          accept: '*/*',
          'accept-encoding': 'gzip, br',
          ...(known?.etag && { 'if-none-match': known.etag }),
          ...(known?.lastModified && { 'if-modified-since': known.lastModified }),
        },
      });
      const location = headerOf(response, 'location');
      if (REDIRECTS.has(response.statusCode) && location !== undefined) {
        discard(response);
        if (!URL.canParse(location, url.href))
          throw new AppError('SOURCE_FAILED', `${start} redirects to an invalid URL.`);
        url = new URL(location, url.href);
        continue;
      }
      return this.replyOf(response, start, url);
    }
    throw new AppError('SOURCE_FAILED', `${start} redirects more than ${MAX_REDIRECTS} times.`);
  }

  private async replyOf(response: Dispatcher.ResponseData, start: URL, url: URL): Promise<SourceReply> {
    const { statusCode } = response;
    const validators = {
      etag: headerOf(response, 'etag') ?? null,
      lastModified: headerOf(response, 'last-modified') ?? null,
    };
    if (statusCode === 200) {
      const bytes = await this.bytesOf(response, start);
      return { changed: true, bytes, validators, contentType: headerOf(response, 'content-type'), url };
    }
    discard(response);
    if (statusCode === 304) return { changed: false, validators };
    const isTransient = statusCode >= 500 || TRANSIENT.has(statusCode);
    throw new AppError(
      isTransient ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAILED',
      `${start} answers with status ${statusCode}.`,
    );
  }

  /** Limits the decompressed size: it may be many times what is transferred. */
  private async bytesOf(response: Dispatcher.ResponseData, start: URL): Promise<Buffer> {
    const { maxDocumentBytes: limitBytes } = this.config.ingestion;
    const tooLarge = () =>
      new AppError(
        'PAYLOAD_TOO_LARGE',
        `${start} holds more than the ${limitBytes} bytes that are accepted.`,
        {
          details: { limitBytes },
        },
      );
    if (Number(headerOf(response, 'content-length')) > limitBytes) {
      discard(response);
      throw tooLarge();
    }
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of decompressed(response, start)) {
      size += (piece as Buffer).length;
      if (size > limitBytes) {
        discard(response);
        throw tooLarge();
      }
      pieces.push(piece as Buffer);
    }
    return Buffer.concat(pieces);
  }
}

function decompressed(response: Dispatcher.ResponseData, start: URL): Readable {
  const coding = (headerOf(response, 'content-encoding') ?? 'identity').toLowerCase();
  if (coding === 'identity') return response.body;
  const decompressor = DECOMPRESSORS.get(coding)?.();
  if (decompressor === undefined) {
    discard(response);
    throw new AppError('SOURCE_FAILED', `${start} answers with the unknown content-encoding ${coding}.`);
  }
  response.body.on('error', (error) => decompressor.destroy(error));
  return response.body.pipe(decompressor);
}

/** Closes a response without reading its body. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined);
  body.destroy();
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The AppError for an error of resolver, connection or protocol. */
function meaningOf(error: unknown, address: string): unknown {
  for (let cause = error; cause != null; cause = (cause as Error).cause)
    if (cause instanceof AppError) return cause;
  const { code, name } = error as NodeJS.ErrnoException;
  return new AppError('SOURCE_UNAVAILABLE', `${address} cannot be reached (${code ?? name}).`, {
    cause: error,
  });
}
