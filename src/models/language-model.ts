/** A message of a chat, in OpenAI's roles. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What the service asks a language model for; a bounded set, fit for a label. */
export const LLM_PURPOSES = ['answer', 'condense', 'judge', 'embedding'] as const;
export type LlmPurpose = (typeof LLM_PURPOSES)[number];

export interface CompletionRequest {
  /** Who pays. */
  tenantId: string;
  purpose: LlmPurpose;
  model: string;
  messages: readonly ChatMessage[];
  /** 0 to 2. */
  temperature: number;
  /** Upper bound of the completion's length. */
  maxTokens: number;
  signal?: AbortSignal;
  /**
   * Gets the text piece by piece as it comes; one after the other they are the completion's text. Once it was called,
   * a failure is not tried again: what was said cannot be taken back.
   */
  onDelta?: (text: string) => void;
}

export interface Completion {
  text: string;
  /** That answered: the one asked for, or the fallback. */
  model: string;
  /** Of the try that succeeded; others may have cost as well. */
  promptTokens: number;
  completionTokens: number;
  costUsd: number;
  /** `stop` is the only complete answer; `length` means it was cut off. */
  finishReason: 'stop' | 'length' | 'other';
}
