import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { streamCompletion } from './drivers/openai/completion-stream';
import { OpenAiEndpoint, type OpenAiEndpointOptions } from './drivers/openai/openai-endpoint';
import { estimateTokens } from './drivers/openai/token-estimate';
import type { Completion, CompletionRequest } from './language-model';

/** Injection token of the {@link ChatModel}; `null` where answers are extractive and no model is configured. */
export const CHAT_MODEL = Symbol('ChatModel');

/** OpenAI's reasoning models reject `max_tokens` and any temperature; compatible servers know only these. */
const REASONING_MODEL = /^(o\d|gpt-5)/;
/** Tokens that each message costs beside its content. */
const TOKENS_PER_MESSAGE = 4;

/** A language model behind OpenAI or any server that speaks its `/chat/completions`. */
export class ChatModel {
  private readonly endpoint: OpenAiEndpoint;

  constructor(private readonly options: OpenAiEndpointOptions) {
    this.endpoint = new OpenAiEndpoint(options, 'LLM_UNAVAILABLE');
  }

  /**
   * Asks for one completion, in three tries if need be. Token counts are the provider's, estimated where it sends
   * none.
   * @throws AppError `LLM_UNAVAILABLE`, with `details.kind` (a `FailureKind`); the signal's reason if it is aborted
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    let said = false;
    const onText = (text: string) => {
      if (!request.onDelta) return;
      said = true;
      request.onDelta(text);
    };
    const { timeoutMs } = this.options;
    const received = await this.endpoint.call(
      (client, { signal }) => streamCompletion(client, parametersOf(request), { timeoutMs, signal, onText }),
      { signal: request.signal, mayRetry: () => !said },
    );
    return {
      text: received.text,
      model: received.model ?? request.model,
      promptTokens: received.usage?.promptTokens ?? this.countPromptTokens(request),
      completionTokens: received.usage?.completionTokens ?? this.countTokens(received.text),
      finishReason: finishReasonOf(received.finishReason),
    };
  }

  /** Estimated tokens of a text, synchronously; see {@link estimateTokens}. */
  countTokens(text: string): number {
    return estimateTokens(text);
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.endpoint.close();
  }

  private countPromptTokens({ messages }: CompletionRequest): number {
    return messages.reduce((sum, { content }) => sum + TOKENS_PER_MESSAGE + this.countTokens(content), 0);
  }
}

function parametersOf(
  request: CompletionRequest,
): Omit<ChatCompletionCreateParamsStreaming, 'stream' | 'stream_options'> {
  const common = { model: request.model, messages: [...request.messages] };
  return REASONING_MODEL.test(request.model)
    ? { ...common, max_completion_tokens: request.maxTokens }
    : { ...common, max_tokens: request.maxTokens, temperature: request.temperature };
}

function finishReasonOf(reason: string): Completion['finishReason'] {
  return reason === 'stop' || reason === 'length' ? reason : 'other';
}
