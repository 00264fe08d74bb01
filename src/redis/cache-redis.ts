import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import type { Metrics } from '../observability/metrics';
import { withDeadline } from './deadline';
import { cacheUnavailable, failureOf, RedisTimeoutError } from './redis-failure';
import { createRedisClient, type RedisClient } from './redis-client';
import { PROBE_KEY } from './redis-keys';

/** `absent`: none is configured; `read-only`: reads work, writes are refused (out of memory, replica). */
export type CacheRedisState = 'absent' | 'up' | 'read-only' | 'down';

export interface CacheRedisSettings {
  /** One URL, or several of one cluster separated by commas; null: no Redis. */
  url: string | null;
  /** What one call may take, unless the call says otherwise. */
  timeoutMs: number;
}

/** So many calls in a row without an answer, and no more are sent until a probe is answered. */
const FAILURES_BEFORE_BREAK = 3;
const PROBE_INTERVAL_MS = 500;
/** A connection that is silent for this long is given up; longer than any call's timeout. */
const SILENCE_MS = 2_000;
/** How long the start of the process waits for the first connection. */
const START_WAIT_MS = 1_000;

/**
 * The caches' Redis, which the service can do without: every call has a timeout, and while the server is down, frozen or
 * not serving, calls fail at once. It comes back by itself. Each change of state is logged once and shown in
 * `rag_degraded{dependency="redis_cache"}`.
 */
export class CacheRedis {
  private readonly logger = new Logger(CacheRedis.name);
  private readonly client: RedisClient | null;
  private readonly breaker = circuitBreaker(
    handleWhen((error) => ['timeout', 'unavailable'].includes(failureOf(error) ?? '')),
    { breaker: new ConsecutiveBreaker(FAILURES_BEFORE_BREAK), halfOpenAfter: PROBE_INTERVAL_MS / 2 },
  );
  /** Holds the breaker open while there is no connection. */
  private disconnected: { dispose(): void } | null = null;
  private writable = true;
  private lastError = 'not connected yet';
  private reported: CacheRedisState | null = null;
  private probing: NodeJS.Timeout | null = null;
  private closed = false;
  private readonly listeners: ((state: CacheRedisState) => void)[] = [];

  constructor(
    private readonly settings: CacheRedisSettings,
    private readonly metrics: Metrics,
  ) {
    this.client = settings.url === null ? null : createRedisClient(settings.url, SILENCE_MS);
  }

  /** Whether a server is configured. */
  get configured(): boolean {
    return this.client !== null;
  }

  /** What a call may take unless it says otherwise. */
  get timeoutMs(): number {
    return this.settings.timeoutMs;
  }

  get state(): CacheRedisState {
    if (this.client === null) return 'absent';
    if (this.breaker.state === CircuitState.Closed) return this.writable ? 'up' : 'read-only';
    return 'down';
  }

  /** Whether the service does without what is configured. */
  get degraded(): boolean {
    return this.state === 'down' || this.state === 'read-only';
  }

  /** Calls a listener after each change of state. */
  onStateChange(listener: (state: CacheRedisState) => void): void {
    this.listeners.push(listener);
  }

  /** Connects; resolves once connected, or soon after if that fails. Never rejects. */
  async start(): Promise<void> {
    const { client } = this;
    if (client === null) return;
    this.disconnected = this.breaker.isolate();
    this.breaker.onStateChange(() => this.report());
    client.on('error', (error: Error) => (this.lastError = error.message));
    client.on('close', () => (this.disconnected ??= this.breaker.isolate()));
    client.on('ready', () => {
      this.writable = true;
      this.disconnected?.dispose();
      this.disconnected = null;
    });
    this.probing = setInterval(() => void this.probe(client), PROBE_INTERVAL_MS).unref();
    client.connect().catch((error: Error) => (this.lastError = error.message));
    if (client.status !== 'ready') {
      const giveUp = AbortSignal.timeout(START_WAIT_MS);
      await once(client, 'ready', { signal: giveUp }).catch(() => undefined);
    }
    this.report();
  }

  /** Closes the connection for good; calls then fail. */
  close(): void {
    if (this.probing) clearInterval(this.probing);
    this.closed = true;
    this.client?.disconnect();
  }

  /**
   * Makes a call, at most `timeoutMs` long.
   * @param operation a word for logs and errors, e.g. `answer.get`
   * @throws AppError CACHE_UNAVAILABLE, `details.reason` a {@link CacheFailure}; errors of the calling code as they are
   */
  async run<T>(
    operation: string,
    call: (client: RedisClient) => Promise<T>,
    timeoutMs: number = this.settings.timeoutMs,
  ): Promise<T> {
    const { client } = this;
    if (client === null) throw cacheUnavailable(operation, 'absent');
    // Only probes find out whether the server is back: no caller waits for that.
    if (this.breaker.state !== CircuitState.Closed) throw cacheUnavailable(operation, 'unavailable');
    try {
      return await this.breaker.execute(() => this.timed(operation, call(client), timeoutMs));
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      if (failure === 'write-refused') this.writesRefused(error);
      throw cacheUnavailable(operation, failure, error);
    }
  }

  private async timed<T>(operation: string, call: Promise<T>, timeoutMs: number): Promise<T> {
    try {
      return await withDeadline(call, timeoutMs, () => new RedisTimeoutError(operation, timeoutMs));
    } catch (error) {
      // A command that it finds wrong is no reason to do without the server.
      if (error instanceof Error && failureOf(error) !== 'error') this.lastError = error.message;
      throw error;
    }
  }

  private writesRefused(error: unknown): void {
    if (error instanceof Error) this.lastError = error.message;
    this.writable = false;
    this.report();
  }

  /** Asks a server that did not answer or took no writes whether it does now. */
  private async probe(client: RedisClient): Promise<void> {
    const silent = this.breaker.state === CircuitState.Open;
    if (!silent && (this.writable || this.breaker.state !== CircuitState.Closed)) return;
    const call = () => (silent ? client.ping() : client.set(PROBE_KEY, '1', 'PX', PROBE_INTERVAL_MS));
    try {
      await this.breaker.execute(() => this.timed<unknown>('probe', call(), this.settings.timeoutMs));
      if (!silent) this.writable = true;
      this.report();
    } catch {
      // Unchanged: the state and its cause are kept, and there is nothing new to report.
    }
  }

  private report(): void {
    // A half-open breaker is a probe under way, which reports its outcome itself.
    const { state } = this;
    if (this.closed || this.breaker.state === CircuitState.HalfOpen || state === this.reported) return;
    this.reported = state;
    this.metrics.degraded.set({ dependency: 'redis_cache' }, this.degraded ? 1 : 0);
    if (state === 'up') this.logger.log('The caches’ Redis answers.');
    else if (state === 'down')
      this.logger.warn(`The caches’ Redis does not answer (${this.lastError}); going on without it.`);
    else this.logger.warn(`The caches’ Redis takes no writes (${this.lastError}); going on without them.`);
    for (const listener of this.listeners) listener(state);
  }
}
