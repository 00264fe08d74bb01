import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { Authenticator } from './authenticator';
import { limitSubjectOf } from './principal';

/** As `rag_rate_limited_total{limit}` counts it. */
const LIMIT = 'key_open_streams';
/** How often the credentials of open streams are verified; verified keys are cached, so most checks cost nothing. */
const CHECK_INTERVAL_MS = 1000;
const RETRY_AFTER_SECONDS = 5;

/** A stream that is being sent. */
export interface OpenStream {
  /** Aborts with an AppError `UNAUTHENTICATED` once the caller's key or token is no longer valid. */
  readonly signal: AbortSignal;
  /** To be called when the stream has ended, for whatever reason; idempotent. */
  close(): void;
}

interface Admitted {
  request: FastifyRequest;
  controller: AbortController;
}

/**
 * The event streams that each API key, and each user with access tokens, has open in this process: limits their number, and
 * ends them when the key or token becomes invalid.
 */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly streamsOfCaller = new Map<string, Set<Admitted>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly authenticator: Authenticator,
    private readonly metrics: Metrics,
  ) {}

  /** @throws AppError `RATE_LIMITED` if the caller has as many open as it may */
  open(request: FastifyRequest): OpenStream {
    const { principal } = request;
    const caller = principal ? limitSubjectOf(principal) : null;
    const controller = new AbortController();
    const { signal } = controller;
    if (caller === null) return { signal, close: () => undefined };
    const streams = this.streamsOfCaller.get(caller) ?? new Set<Admitted>();
    const { keyOpenStreams: most } = this.config.limits;
    if (most !== null && streams.size >= most) throw this.tooMany(most);
    const admitted = { request, controller };
    streams.add(admitted);
    this.streamsOfCaller.set(caller, streams);
    this.timer ??= setInterval(() => void this.check(), CHECK_INTERVAL_MS).unref();
    return { signal, close: () => this.remove(caller, admitted) };
  }

  /**
   * Counts a response as an open stream until it ends.
   * @returns the stream's signal
   * @throws as {@link open}
   */
  attach(request: FastifyRequest, { raw }: FastifyReply): AbortSignal {
    const { signal, close } = this.open(request);
    if (raw.destroyed) close();
    else raw.once('close', close);
    return signal;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    for (const streams of this.streamsOfCaller.values())
      for (const { request, controller } of streams) {
        const refusal = await this.refusalOf(request);
        if (refusal) controller.abort(refusal);
      }
  }

  /** Null also while database or identity provider are unavailable: then streams stay open. */
  private async refusalOf(request: FastifyRequest): Promise<AppError | null> {
    try {
      await this.authenticator.authenticateAgain(request);
      return null;
    } catch (error) {
      return error instanceof AppError && error.code === 'UNAUTHENTICATED' ? error : null;
    }
  }

  private remove(caller: string, admitted: Admitted): void {
    const streams = this.streamsOfCaller.get(caller);
    if (!streams?.delete(admitted) || streams.size > 0) return;
    this.streamsOfCaller.delete(caller);
    if (this.streamsOfCaller.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tooMany(most: number): AppError {
    this.metrics.rateLimited.inc({ limit: LIMIT });
    return new AppError('RATE_LIMITED', `The caller has ${most} event streams open, which is the limit.`, {
      details: { limit: LIMIT, most },
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}
