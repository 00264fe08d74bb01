import { bulkhead, type BulkheadPolicy, BulkheadRejectedError } from 'cockatiel';
import { AppError } from '../common/app-error';
import type { Clock } from '../common/clock';
import type { Metrics } from '../observability/metrics';
import type { TokenBuckets } from '../redis/token-buckets';
import type { CallMeter } from './call-meter';
import type { CompletionProvider } from './completion-provider';
import { CompletionTry } from './completion-try';
import { type GuardSettings, GuardedModel } from './guarded-model';
import type { Completion, CompletionRequest } from './language-model';
import type { ModelPrices } from './model-prices';
import { ModelRateLimits, type PerMinute } from './model-rate-limits';
import { ProviderError, unavailable } from './provider-error';

/** Injection token of the {@link ChatModel}; `null` where answers are extractive and no model is configured. */
export const CHAT_MODEL = Symbol('ChatModel');

/** For each call under way so many may wait for their turn. */
const WAITING_PER_CALL = 4;
const INITIAL_BACKOFF_MS = 500;

export interface ChatModelSettings extends Omit<GuardSettings, 'initialBackoffMs'> {
  /** Milliseconds after which one try is given up. */
  timeoutMs: number;
  /** Asked where the model of a request gives no answer; null: none. */
  fallbackModel: string | null;
  /** Milliseconds for one request, over all tries and all waiting. */
  deadlineMs: number;
  /** Requests under way at once. */
  maxConcurrent: number;
  perMinute: PerMinute;
  /** Default 500. */
  initialBackoffMs?: number;
}

export interface ChatModelPorts {
  meter: CallMeter;
  buckets: TokenBuckets;
  prices: ModelPrices;
  metrics: Metrics;
  clock: Clock;
}

/**
 * The language models of a provider: the one place where they are asked. Every try is limited, counted and written
 * down.
 */
export class ChatModel {
  private readonly guarded = new Map<string, GuardedModel>();
  private readonly turns: BulkheadPolicy;
  private readonly limits: ModelRateLimits;
  private readonly tries: CompletionTry;
  private readonly underWay = new Set<AbortController>();
  private closed = false;

  constructor(
    private readonly provider: CompletionProvider,
    private readonly settings: ChatModelSettings,
    private readonly ports: ChatModelPorts,
  ) {
    const { maxConcurrent, perMinute } = settings;
    this.turns = bulkhead(maxConcurrent, WAITING_PER_CALL * maxConcurrent);
    this.limits = new ModelRateLimits(perMinute, provider.endpoint, ports.buckets, ports.metrics);
    this.tries = new CompletionTry(provider, ports);
  }

  /**
   * Asks for one completion: its model in several tries if need be, then the fallback. Token counts are the provider's,
   * our own where it sends none.
   * @throws AppError `LLM_UNAVAILABLE`, with `details.kind` (a `FailureKind` or `breaker_open`), `RATE_LIMITED`,
   *   `BUDGET_EXCEEDED`, `DATABASE_UNAVAILABLE`; the signal's reason if it is aborted
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    const { deadlineMs } = this.settings;
    const call = this.begin(request.signal, deadlineMs);
    try {
      const endsAtMs = this.ports.clock.nowMs() + deadlineMs;
      const answer = this.turns.execute(() => this.ask(request, endsAtMs, call.signal), call.signal);
      return await Promise.race([answer, call.aborted]);
    } catch (error) {
      request.signal?.throwIfAborted();
      throw this.asAppError(error);
    } finally {
      call.end();
    }
  }

  /** Where its models are: the same ones elsewhere give other answers. */
  get endpoint(): string {
    return this.provider.endpoint;
  }

  /** Tokens of a text, synchronously, as close as can be counted here. */
  countTokens(text: string): number {
    return this.provider.countTokens(text);
  }

  /** The beginning of a text of at most so many tokens. */
  truncateToTokens(text: string, maxTokens: number): string {
    return this.provider.truncateToTokens(text, maxTokens);
  }

  /** Gives up what is under way; later calls fail. */
  close(): void {
    this.closed = true;
    for (const controller of this.underWay) controller.abort(closing());
  }

  private async ask(request: CompletionRequest, endsAtMs: number, signal: AbortSignal): Promise<Completion> {
    const { fallbackModel, timeoutMs, deadlineMs } = this.settings;
    const said = { anything: false };
    const ask = (model: string, untilMs: number) =>
      this.askModel({ ...request, model, signal }, untilMs, said);
    if (fallbackModel === null || fallbackModel === request.model) return ask(request.model, endsAtMs);
    try {
      // Time for the fallback is kept back.
      return await ask(request.model, endsAtMs - Math.min(timeoutMs, deadlineMs / 2));
    } catch (error) {
      signal.throwIfAborted();
      const isOurs = error instanceof AppError && error.code !== 'LLM_UNAVAILABLE';
      if (isOurs || said.anything) throw error;
      return ask(fallbackModel, endsAtMs);
    }
  }

  private askModel(
    request: CompletionRequest & { signal: AbortSignal },
    endsAtMs: number,
    said: { anything: boolean },
  ): Promise<Completion> {
    const { model, maxTokens, signal, onDelta } = request;
    const { clock, metrics } = this.ports;
    const promptTokens = this.tries.countPromptTokens(request);
    const tokens = promptTokens + maxTokens;
    const attempt = async () => {
      const timeoutMs = Math.max(1, Math.min(this.settings.timeoutMs, endsAtMs - clock.nowMs()));
      const say = (text: string) => {
        said.anything = true;
        onDelta?.(text);
      };
      const plan = { promptTokens, timeoutMs, ...(onDelta && { onText: say }) };
      const completion = await this.tries.send(request, plan);
      await this.limits.giveBack(model, tokens - completion.promptTokens - completion.completionTokens);
      return completion;
    };
    const mayRetry = () => !said.anything;
    const asked = this.guardOf(model).ask(attempt, { tokens, signal, endsAtMs, mayRetry });
    return asked.catch((error: unknown) => {
      const isBroken = error instanceof AppError && error.details?.kind === 'breaker_open';
      if (isBroken) metrics.llmErrors.inc({ model, kind: 'breaker_open' });
      throw error;
    });
  }

  private guardOf(model: string): GuardedModel {
    let guarded = this.guarded.get(model);
    if (!guarded) {
      const settings = { initialBackoffMs: INITIAL_BACKOFF_MS, ...this.settings };
      guarded = new GuardedModel(model, settings, this.limits, this.ports.clock);
      this.guarded.set(model, guarded);
    }
    return guarded;
  }

  /** A signal that ends with the caller's patience, at the deadline, or when this is closed. */
  private begin(signal: AbortSignal | undefined, deadlineMs: number) {
    signal?.throwIfAborted();
    if (this.closed) throw closing();
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    const timer = setTimeout(() => controller.abort(new ProviderError('timeout')), deadlineMs);
    this.underWay.add(controller);
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
    });
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.underWay.delete(controller);
    };
    return { signal: controller.signal, aborted, end };
  }

  private asAppError(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (!(error instanceof BulkheadRejectedError)) return unavailable('LLM_UNAVAILABLE', error);
    this.ports.metrics.rateLimited.inc({ limit: 'llm_concurrency' });
    return new AppError('RATE_LIMITED', 'Too many questions are being answered at once; try again shortly.', {
      details: { limit: 'llm_concurrency' },
      retryAfterSeconds: 1,
    });
  }
}

function closing(): AppError {
  return new AppError('LLM_UNAVAILABLE', 'The service is shutting down.');
}
