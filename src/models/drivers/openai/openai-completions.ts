import type OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
} from 'openai/resources/chat/completions';
import { Stream } from 'openai/streaming';
import type { CompletionProvider, CompletionTryOptions, ReceivedCompletion } from '../../completion-provider';
import type { CompletionRequest } from '../../language-model';
import { ProviderError } from '../../provider-error';
import { openAiClient, type OpenAiServer } from './openai-client';
import { openAiFailure } from './openai-failure';
import { estimateTokens, truncateToTokens } from './token-estimate';

/** OpenAI's reasoning models reject `max_tokens` and any temperature; compatible servers know only these. */
const REASONING_MODEL = /^(o\d|gpt-5)/;

/** Language models of OpenAI or any server that speaks its `/chat/completions`. */
export class OpenAiCompletions implements CompletionProvider {
  readonly endpoint: string;
  readonly countTokens = estimateTokens;
  readonly truncateToTokens = truncateToTokens;
  private readonly client: OpenAI;

  constructor(private readonly server: OpenAiServer) {
    this.endpoint = server.baseUrl ?? '';
    this.client = openAiClient(server);
  }

  /**
   * Asks for a stream of events: so it is known what was received when it breaks off. Servers that answer with JSON
   * all the same are understood.
   */
  async send(
    request: CompletionRequest,
    { timeoutMs, signal, onBegin, onText }: CompletionTryOptions,
  ): Promise<ReceivedCompletion> {
    const controller = new AbortController();
    const abort = () => controller.abort(signal.reason);
    signal.addEventListener('abort', abort);
    const timer = setTimeout(() => controller.abort(new ProviderError('timeout')), timeoutMs);
    try {
      signal.throwIfAborted();
      const options = { signal: controller.signal };
      const response = await this.client.chat.completions.create(bodyOf(request), options).asResponse();
      const type = response.headers.get('content-type') ?? 'none';
      if (type.startsWith('application/json'))
        return wholeCompletion((await response.json()) as Partial<ChatCompletion> | null, onText);
      if (type.startsWith('text/event-stream')) {
        onBegin();
        const reading = new AbortController();
        controller.signal.addEventListener('abort', () => reading.abort());
        return await readEvents(
          Stream.fromSSEResponse<ChatCompletionChunk>(response, reading, this.client),
          onText,
        );
      }
      await response.body?.cancel();
      throw new ProviderError('invalid_response', `the answer is of type ${type.slice(0, 100)}`);
    } catch (error) {
      controller.signal.throwIfAborted();
      // A body that breaks off is thrown as the socket says it.
      throw openAiFailure(error, this.server.apiKey, 'connection');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // Whatever is still to come is not wanted.
      controller.abort();
    }
  }
}

function bodyOf(request: CompletionRequest): ChatCompletionCreateParamsStreaming {
  const { model, messages, maxTokens, temperature } = request;
  return {
    model,
    messages: [...messages],
    ...(REASONING_MODEL.test(model)
      ? { max_completion_tokens: maxTokens }
      : { max_tokens: maxTokens, temperature }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

async function readEvents(
  events: Stream<ChatCompletionChunk>,
  onText: (text: string) => void,
): Promise<ReceivedCompletion> {
  const received: ReceivedCompletion = { text: '', finishReason: '', usage: null };
  // Servers are not bound by the package's types.
  for await (const event of events as AsyncIterable<Partial<ChatCompletionChunk> | null>) {
    const choice = event?.choices?.[0];
    received.usage = usageOf(event) ?? received.usage;
    const text = choice?.delta?.content;
    if (typeof text === 'string' && text !== '') {
      received.text += text;
      onText(text);
    }
    if (typeof choice?.finish_reason === 'string') received.finishReason = choice.finish_reason;
  }
  if (received.finishReason !== '') return received;
  if (received.text === '' && received.usage === null)
    throw new ProviderError('invalid_response', 'the answer holds no message');
  throw new ProviderError('connection', 'the stream ended before the answer did');
}

/** @throws ProviderError for what is no completion */
function wholeCompletion(
  body: Partial<ChatCompletion> | null,
  onText: (text: string) => void,
): ReceivedCompletion {
  const choice = body?.choices?.[0];
  const text: unknown = choice?.message?.content;
  if (choice === undefined || (typeof text !== 'string' && text !== null))
    throw new ProviderError('invalid_response', 'the answer holds no message');
  if (text) onText(text);
  return {
    text: text ?? '',
    finishReason: choice.finish_reason ?? 'other',
    usage: usageOf(body),
  };
}

function usageOf(answer: { usage?: ChatCompletion['usage'] | null } | null): ReceivedCompletion['usage'] {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = answer?.usage ?? {};
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
