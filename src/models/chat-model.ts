import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat/completions';
import { OpenAiEndpoint, type OpenAiEndpointOptions } from './drivers/openai/openai-endpoint';
import { InvalidResponse } from './drivers/openai/provider-failure';
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

  constructor(options: OpenAiEndpointOptions) {
    this.endpoint = new OpenAiEndpoint(options, 'LLM_UNAVAILABLE');
  }

  /**
   * Asks for one completion, in three tries if need be. Token counts are the provider's, estimated where it sends
   * none.
   * @throws AppError `LLM_UNAVAILABLE`, with `details.kind` (a `FailureKind`); the signal's reason if it is aborted
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    const response = await this.endpoint.call(
      (client, options) => client.chat.completions.create(parametersOf(request), options).then(checked),
      request.signal,
    );
    const [choice] = response.choices;
    const text = choice.message.content ?? '';
    return {
      text,
      model: response.model ?? request.model,
      promptTokens: response.usage?.prompt_tokens ?? this.countPromptTokens(request),
      completionTokens: response.usage?.completion_tokens ?? this.countTokens(text),
      finishReason: finishReasonOf(choice.finish_reason),
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

function parametersOf(request: CompletionRequest): ChatCompletionCreateParamsNonStreaming {
  const common = { model: request.model, messages: [...request.messages], stream: false as const };
  return REASONING_MODEL.test(request.model)
    ? { ...common, max_completion_tokens: request.maxTokens }
    : { ...common, max_tokens: request.maxTokens, temperature: request.temperature };
}

/** @throws InvalidResponse for what is no completion; servers are not bound by the package's types */
function checked(response: Partial<ChatCompletion> | null): ChatCompletion {
  const content: unknown = response?.choices?.[0]?.message?.content;
  if (typeof content !== 'string' && content !== null)
    throw new InvalidResponse('the answer holds no message');
  return response as ChatCompletion;
}

function finishReasonOf(reason: string | null): Completion['finishReason'] {
  return reason === 'stop' || reason === 'length' ? reason : 'other';
}
