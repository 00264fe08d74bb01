import type { AppConfig } from '../../config/app-config';
import type { ChatModel } from '../../models/chat-model';
import {
  type AnswerWriter,
  type Evidence,
  noAnswer,
  type WriteOptions,
  type WrittenAnswer,
} from '../answer-writer';
import { buildPrompt, fitEvidence } from '../prompt';
import { questionComplexity } from '../question-complexity';
import { ReplyReader } from '../reply-reader';

/** Lets a language model answer strictly from the evidence, and checks what it cites. */
export class ChatAnswerWriter implements AnswerWriter {
  readonly identity: string;

  constructor(
    private readonly model: ChatModel,
    private readonly llm: AppConfig['llm'],
  ) {
    this.identity = JSON.stringify([
      model.endpoint,
      // Which of them is asked is known only once there is evidence: the scope of cached answers names all.
      llm.model,
      llm.complexModel,
      llm.fallbackModel,
      llm.temperature,
      llm.maxTokens,
      llm.contextMaxTokens,
    ]);
  }

  async write(
    question: string,
    evidence: readonly Evidence[],
    options: WriteOptions,
  ): Promise<WrittenAnswer> {
    const { temperature, maxTokens, contextMaxTokens } = this.llm;
    if (evidence.length === 0) {
      const nothing = { model: this.llm.model, promptTokens: 0, completionTokens: 0, costUsd: 0 };
      return noAnswer(nothing, options);
    }
    const fitting = fitEvidence(evidence, contextMaxTokens, this.model);
    const { complexity, reasons } = questionComplexity(question, fitting);
    const reply = new ReplyReader(fitting.length, options.onDelta);
    const completion = await this.model.complete({
      tenantId: options.tenantId,
      purpose: 'answer',
      model: complexity === 'complex' ? this.llm.complexModel : this.llm.model,
      messages: buildPrompt(question, fitting),
      temperature,
      maxTokens,
      signal: options.signal,
      ...(options.onDelta && { onDelta: (text: string) => reply.push(text) }),
    });
    if (!options.onDelta) reply.push(completion.text);
    const { model, promptTokens, completionTokens, costUsd } = completion;
    const usage = { model, promptTokens, completionTokens, costUsd };
    const route = { model, complexity, reasons };
    const checked = reply.end();
    if (checked === null) return noAnswer(usage, options, route);
    return { ...checked, answered: true, complete: completion.finishReason === 'stop', usage, route };
  }
}
