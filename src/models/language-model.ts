/** A message of a chat, in OpenAI's roles. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface CompletionRequest {
  model: string;
  messages: readonly ChatMessage[];
  /** 0 to 2. */
  temperature: number;
  /** Upper bound of the completion's length. */
  maxTokens: number;
  signal?: AbortSignal;
}

export interface Completion {
  text: string;
  model: string;
  promptTokens: number;
  completionTokens: number;
  /** `stop` is the only complete answer; `length` means it was cut off. */
  finishReason: 'stop' | 'length' | 'other';
}
