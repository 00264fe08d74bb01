/** Injection token of the configured {@link AnswerWriter}. */
export const ANSWER_WRITER = Symbol('AnswerWriter');

/** A passage as evidence; its number is its position in the list, from 1. */
export interface Evidence {
  documentId: string;
  version: number;
  /** Position among the document's chunks, from 0. */
  ordinal: number;
  /** UTF-16 offsets into the version's text. */
  start: number;
  end: number;
  title: string | null;
  headingPath: readonly string[];
  content: string;
  /** Relevance to the question, 0 to 1. */
  score: number;
}

export interface AnswerUsage {
  /** `extractive`, or the language model's name. */
  model: string;
  promptTokens: number;
  completionTokens: number;
  costUsd: number;
}

/** Which model was asked, and why that one. */
export interface AnswerRoute {
  /** That answered: the fallback where the one chosen did not. */
  model: string;
  complexity: 'standard' | 'complex';
  /** What made the question complex, as words of a small fixed set; empty for `standard`. */
  reasons: readonly string[];
}

export interface WrittenAnswer {
  /** With citations `[n]`; where the evidence carries no answer, a sentence that says so. */
  text: string;
  /** Numbers of the cited evidence, from 1, in the order of first mention; empty when not answered. */
  cited: number[];
  /** Whether the evidence carried an answer. */
  answered: boolean;
  /** Whether the answer was finished; one that was cut off is never cached. */
  complete: boolean;
  usage: AnswerUsage;
  /** Null where no model was chosen. */
  route: AnswerRoute | null;
}

export interface WriteOptions {
  /** Who pays. */
  tenantId: string;
  /** Its end is the end of the call to the model; what was received by then is paid for. */
  signal?: AbortSignal;
  /**
   * Gets the answer as it is written: one after the other the pieces are exactly {@link WrittenAnswer.text}, with no
   * citation in them that the final text does not have. Nothing is withdrawn: if writing fails after a piece, `write`
   * rejects, and what was sent stays incomplete.
   */
  onDelta?: (text: string) => void;
}

/** Writes an answer from evidence. Every driver passes `test/contract/answer-writer.contract.ts`. */
export interface AnswerWriter {
  /** Everything about the writer that decides its answers: provider, models, parameters. A part of the cache scope. */
  readonly identity: string;

  /**
   * @param evidence by falling relevance; may be empty
   * @throws AppError `LLM_UNAVAILABLE` (retryable), `RATE_LIMITED`, `BUDGET_EXCEEDED`; the signal's reason
   */
  write(question: string, evidence: readonly Evidence[], options: WriteOptions): Promise<WrittenAnswer>;
}

/** What is answered where the evidence carries no answer. */
export const NO_ANSWER_TEXT = 'The documents at hand do not answer this question.';

/** The answer that there is none. */
export function noAnswer(
  usage: AnswerUsage,
  { onDelta }: WriteOptions,
  route: AnswerRoute | null = null,
): WrittenAnswer {
  onDelta?.(NO_ANSWER_TEXT);
  return { text: NO_ANSWER_TEXT, cited: [], answered: false, complete: true, usage, route };
}
