import { isNativeError } from 'node:util/types';
import type OpenAI from 'openai';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
} from 'openai/resources/chat/completions';
import { Stream } from 'openai/streaming';
import { InvalidResponse } from './provider-failure';

/** A completion as the provider sent it. */
export interface ReceivedCompletion {
  text: string;
  finishReason: string;
  /** Its own count; null where it tells none. */
  usage: { promptTokens: number; completionTokens: number } | null;
}

export interface StreamOptions {
  /** Milliseconds for the whole answer. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called when the server has begun to answer. */
  onBegin: () => void;
  /** Gets the text piece by piece. */
  onText: (text: string) => void;
}

/**
 * One try at a completion, as a stream of events: so it is known what was received when it breaks off. Servers that
 * answer with JSON all the same are understood.
 * @throws what the `openai` package throws, InvalidResponse; the signal's reason if it is aborted
 */
export async function streamCompletion(
  client: OpenAI,
  parameters: Omit<ChatCompletionCreateParamsStreaming, 'stream' | 'stream_options'>,
  { timeoutMs, signal, onBegin, onText }: StreamOptions,
): Promise<ReceivedCompletion> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const timer = setTimeout(() => controller.abort(new APIConnectionTimeoutError()), timeoutMs);
  try {
    signal.throwIfAborted();
    const body = { ...parameters, stream: true as const, stream_options: { include_usage: true } };
    const options = { signal: controller.signal };
    const response = await client.chat.completions.create(body, options).asResponse();
    const type = response.headers.get('content-type') ?? 'none';
    if (type.startsWith('application/json'))
      return wholeCompletion((await response.json()) as Partial<ChatCompletion> | null, onText);
    if (type.startsWith('text/event-stream')) {
      onBegin();
      const reading = new AbortController();
      controller.signal.addEventListener('abort', () => reading.abort());
      return await readEvents(Stream.fromSSEResponse<ChatCompletionChunk>(response, reading, client), onText);
    }
    await response.body?.cancel();
    throw new InvalidResponse(`the answer is of type ${type.slice(0, 100)}`);
  } catch (error) {
    controller.signal.throwIfAborted();
    throw asFailure(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    // Whatever is still to come is not wanted.
    controller.abort();
  }
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
    throw new InvalidResponse('the answer holds no message');
  throw new APIConnectionError({ message: 'the stream ended before the answer did' });
}

/** @throws InvalidResponse for what is no completion */
function wholeCompletion(
  body: Partial<ChatCompletion> | null,
  onText: (text: string) => void,
): ReceivedCompletion {
  const choice = body?.choices?.[0];
  const text: unknown = choice?.message?.content;
  if (choice === undefined || (typeof text !== 'string' && text !== null))
    throw new InvalidResponse('the answer holds no message');
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

/** Bodies that break off and bodies that are no JSON are thrown as socket and parser say it. */
function asFailure(error: unknown): unknown {
  if (error instanceof APIError || error instanceof InvalidResponse || !isNativeError(error)) return error;
  if (error.name === 'SyntaxError') return new InvalidResponse('the answer is no JSON');
  return new APIConnectionError({ cause: error });
}
