import { systemClock } from '../../src/common/clock';
import type { CallMeter, PlannedCall, TokenCounts } from '../../src/models/call-meter';
import { ChatModel, type ChatModelPorts, type ChatModelSettings } from '../../src/models/chat-model';
import type { OpenAiServer } from '../../src/models/drivers/openai/openai-client';
import { OpenAiCompletions } from '../../src/models/drivers/openai/openai-completions';
import { ModelPrices } from '../../src/models/model-prices';
import { Metrics } from '../../src/observability/metrics';
import { MemoryTokenBuckets } from '../../src/redis/drivers/memory-token-buckets';

/** A call as a {@link RecordingMeter} saw it; `used` is null until it has ended. */
export interface RecordedCall extends PlannedCall {
  used: TokenCounts | null;
  certain: boolean | null;
}

/** Keeps in memory what the ledger would keep in Postgres. */
export class RecordingMeter implements CallMeter {
  readonly calls: RecordedCall[] = [];

  begin(plan: PlannedCall) {
    const call: RecordedCall = { ...plan, used: null, certain: null };
    this.calls.push(call);
    const end = (used: TokenCounts, certain: boolean) => {
      Object.assign(call, { used, certain });
      return Promise.resolve();
    };
    return Promise.resolve({ end });
  }

  /** Of all calls that have ended. */
  get total(): TokenCounts {
    const sum = (count: keyof TokenCounts) =>
      this.calls.reduce((total, { used }) => total + (used?.[count] ?? 0), 0);
    return { promptTokens: sum('promptTokens'), completionTokens: sum('completionTokens') };
  }
}

/** A chat model that asks a server, patiently and without limits unless told otherwise. */
export function chatModelOn(
  baseUrl: string,
  settings: Partial<ChatModelSettings & OpenAiServer> = {},
  ports: Partial<ChatModelPorts> = {},
): ChatModel {
  const server = { baseUrl, apiKey: 'test-key', timeoutMs: 5000, ...settings };
  const common = { initialBackoffMs: 1, maxTries: 3 };
  const limits = { maxConcurrent: 100, perMinute: { requests: null, tokens: null } };
  const breaker = { failures: 1000, openMs: 10_000 };
  return new ChatModel(
    new OpenAiCompletions(server),
    { timeoutMs: 5000, ...common, ...limits, breaker, fallbackModel: null, deadlineMs: 20_000, ...settings },
    {
      meter: new RecordingMeter(),
      buckets: new MemoryTokenBuckets(systemClock),
      prices: new ModelPrices([{ model: 'gpt-4o-mini', prompt: 0.15, completion: 0.6 }]),
      metrics: new Metrics(),
      clock: systemClock,
      ...ports,
    },
  );
}
