import type { Metrics } from '../observability/metrics';
import type { CallMeter, TokenCounts } from './call-meter';
import type { CompletionProvider } from './completion-provider';
import type { Completion, CompletionRequest } from './language-model';
import type { ModelPrices } from './model-prices';
import { failureKind, ProviderError } from './provider-error';

/** Tokens that each message costs beside its content. */
const TOKENS_PER_MESSAGE = 4;

export interface TryOptions {
  promptTokens: number;
  timeoutMs: number;
  onText?: (text: string) => void;
}

/** Sends single attempts at a completion and records the usage of each, however it ends. */
export class CompletionTry {
  constructor(
    private readonly provider: CompletionProvider,
    private readonly ports: { meter: CallMeter; prices: ModelPrices; metrics: Metrics },
  ) {}

  /** @throws ProviderError; the signal's reason; what the meter throws */
  async send(
    request: CompletionRequest & { signal: AbortSignal },
    { promptTokens, timeoutMs, onText }: TryOptions,
  ): Promise<Completion> {
    const { tenantId, purpose, model, maxTokens, signal } = request;
    const { meter, prices, metrics } = this.ports;
    let received: string | null = null;
    const known = (): TokenCounts =>
      received === null
        ? { promptTokens: 0, completionTokens: 0 }
        : { promptTokens, completionTokens: this.provider.countTokens(received) };
    const plan = { tenantId, purpose, model, promptTokens, maxTokens, timeoutMs };
    const metered = await meter.begin(plan, known);
    try {
      const completion = await this.provider.send(request, {
        timeoutMs,
        signal,
        onBegin: () => (received ??= ''),
        onText: (text) => {
          received = (received ?? '') + text;
          onText?.(text);
        },
      });
      const used = completion.usage ?? {
        promptTokens,
        completionTokens: this.provider.countTokens(completion.text),
      };
      this.count(model, used);
      await metered.end(used, true);
      return {
        ...used,
        text: completion.text,
        model,
        costUsd: prices.costUsd(model, used),
        finishReason: finishReasonOf(completion.finishReason),
      };
    } catch (error) {
      if (!signal.aborted) metrics.llmErrors.inc({ model, kind: failureKind(error) });
      this.count(model, known());
      await metered.end(known(), error instanceof ProviderError && error.facts.isFree === true);
      throw error;
    }
  }

  /** Tokens of a request's messages, as close as can be counted here. */
  countPromptTokens({ messages }: Pick<CompletionRequest, 'messages'>): number {
    return messages.reduce(
      (sum, { content }) => sum + TOKENS_PER_MESSAGE + this.provider.countTokens(content),
      0,
    );
  }

  private count(model: string, used: TokenCounts): void {
    const { prices, metrics } = this.ports;
    metrics.tokensConsumed.inc({ model, kind: 'prompt' }, used.promptTokens);
    metrics.tokensConsumed.inc({ model, kind: 'completion' }, used.completionTokens);
    metrics.costUsd.inc({ model }, prices.costUsd(model, used));
  }
}

function finishReasonOf(reason: string): Completion['finishReason'] {
  return reason === 'stop' || reason === 'length' ? reason : 'other';
}
