import { readTokens, type Token } from './question-token';

/** What the verifier knows of one question; made once per text and kept beside a stored candidate. */
export interface QuestionProfile {
  /** The text as it was asked. */
  readonly text: string;
  /** Its tokens in order. */
  readonly tokens: readonly Token[];
}

/** Reads a question once, so that it can be compared with many. Pure; linear in the length of the text. */
export function profileQuestion(text: string): QuestionProfile {
  return { text, tokens: readTokens(text) };
}
