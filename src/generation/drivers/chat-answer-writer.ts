import type { AppConfig } from '../../config/app-config';
import type { ChatModel } from '../../models/chat-model';
import type { Metrics } from '../../observability/metrics';
import { type AnswerWriter, type Evidence, noAnswer, type WrittenAnswer } from '../answer-writer';
import { checkCitations } from '../citations';
import { costUsd } from '../model-price';
import { buildPrompt, fitEvidence, NO_ANSWER_REPLY } from '../prompt';

/** Lets a language model answer strictly from the evidence, and checks what it cites. */
export class ChatAnswerWriter implements AnswerWriter {
  readonly identity: string;

  constructor(
    private readonly model: ChatModel,
    private readonly llm: AppConfig['llm'],
    private readonly metrics: Metrics,
  ) {
    this.identity = JSON.stringify([
      llm.baseUrl,
      llm.model,
      llm.temperature,
      llm.maxTokens,
      llm.contextMaxTokens,
    ]);
  }

  async write(question: string, evidence: readonly Evidence[], signal?: AbortSignal): Promise<WrittenAnswer> {
    const nothing = { model: this.llm.model, promptTokens: 0, completionTokens: 0, costUsd: 0 };
    if (evidence.length === 0) return noAnswer(nothing);
    const fitting = fitEvidence(evidence, this.llm.contextMaxTokens, (text) => this.model.countTokens(text));
    const completion = await this.model.complete({
      model: this.llm.model,
      messages: buildPrompt(question, fitting),
      temperature: this.llm.temperature,
      maxTokens: this.llm.maxTokens,
      signal,
    });
    const { promptTokens, completionTokens } = completion;
    const usage = {
      model: this.llm.model,
      promptTokens,
      completionTokens,
      costUsd: costUsd(this.llm.model, promptTokens, completionTokens),
    };
    this.metrics.tokensConsumed.inc({ model: this.llm.model, kind: 'prompt' }, promptTokens);
    this.metrics.tokensConsumed.inc({ model: this.llm.model, kind: 'completion' }, completionTokens);
    this.metrics.costUsd.inc({ model: this.llm.model }, usage.costUsd);

    const reply = completion.text.trim();
    if (reply === '' || reply.startsWith(NO_ANSWER_REPLY)) return noAnswer(usage);
    const { text, cited } = checkCitations(reply, fitting.length);
    return { text, cited, answered: true, complete: completion.finishReason === 'stop', usage };
  }
}
