import {
  type AnswerWriter,
  type Evidence,
  noAnswer,
  type WriteOptions,
  type WrittenAnswer,
} from '../answer-writer';
import { answerSigns, isAnswerLikely, readPassage } from './answer-signs';
import { readQuestion } from './question-terms';
import { chooseSentences } from './sentence-choice';

/**
 * Answers without a model: the sentences that say most of what the question asks, each cited, where there are signs
 * enough that the evidence holds an answer. Deterministic. `npm run eval -- answers` measures it.
 */
export class ExtractiveAnswerWriter implements AnswerWriter {
  readonly identity = 'extractive/3';

  /** @param countTokens counts what was read and written, for the statistics: nothing is paid for */
  constructor(private readonly countTokens: (text: string) => number) {}

  async write(
    question: string,
    evidence: readonly Evidence[],
    options: WriteOptions,
  ): Promise<WrittenAnswer> {
    const read = [question, ...evidence.map(({ content }) => content)];
    const promptTokens = read.reduce((sum, text) => sum + this.countTokens(text), 0);
    const usage = { model: 'extractive', promptTokens, completionTokens: 0, costUsd: 0 };
    const asked = readQuestion(question);
    const passages = evidence.map((item) => readPassage(item, asked.language));
    if (passages.length === 0 || !isAnswerLikely(answerSigns(asked, passages)))
      return noAnswer(usage, options);

    const chosen = chooseSentences(asked, passages);
    if (chosen.length === 0) return noAnswer(usage, options);
    const text = chosen.map((sentence) => `${sentence.text} [${sentence.n}]`).join(' ');
    options.onDelta?.(text);
    return {
      text,
      cited: [...new Set(chosen.map(({ n }) => n))],
      answered: true,
      complete: true,
      usage: { ...usage, completionTokens: this.countTokens(text) },
      route: null,
    };
  }
}
