import type { TokenCounts } from './call-meter';
import type { CompletionRequest } from './language-model';

/** A completion as the provider sent it. */
export interface ReceivedCompletion {
  text: string;
  /** `stop`, `length`, or what else the provider says. */
  finishReason: string;
  /** Its own count; null where it sends none. */
  usage: TokenCounts | null;
}

export interface CompletionTryOptions {
  /** Milliseconds for the whole answer. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called when the server has begun to answer. */
  onBegin: () => void;
  /** Gets the text piece by piece. */
  onText: (text: string) => void;
}

/** Where language models are asked, one try at a time: limits, retries and the ledger are the `ChatModel`'s. */
export interface CompletionProvider {
  /** Names the place: the same model elsewhere has limits of its own, and gives other answers. */
  readonly endpoint: string;

  /** @throws ProviderError; the signal's reason if it is aborted */
  send(request: CompletionRequest, options: CompletionTryOptions): Promise<ReceivedCompletion>;

  /** Tokens of a text, synchronously, as close as can be counted here. */
  countTokens(text: string): number;

  /** The beginning of a text of at most so many tokens. */
  truncateToTokens(text: string, maxTokens: number): string;
}
