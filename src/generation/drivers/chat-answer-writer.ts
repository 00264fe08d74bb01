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
import { ReplyReader } from '../reply-reader';

/** Lets a language model answer strictly from the evidence, and checks what it cites. */
export class ChatAnswerWriter implements AnswerWriter {
  readonly identity: string;

  constructor(
    private readonly model: ChatModel,
    private readonly llm: AppConfig['llm'],
  ) {
    this.identity = JSON.stringify([
      llm.baseUrl,
      llm.model,
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
    const { model, temperature, maxTokens, contextMaxTokens } = this.llm;
    if (evidence.length === 0)
      return noAnswer({ model, promptTokens: 0, completionTokens: 0, costUsd: 0 }, options);
    const fitting = fitEvidence(evidence, contextMaxTokens, (text) => this.model.countTokens(text));
    const reply = new ReplyReader(fitting.length, options.onDelta);
    const { signal, tenantId } = options;
    const completion = await this.model.complete({
      tenantId,
      purpose: 'answer',
      model,
      messages: buildPrompt(question, fitting),
      temperature,
      maxTokens,
      signal,
      ...(options.onDelta && { onDelta: (text: string) => reply.push(text) }),
    });
    if (!options.onDelta) reply.push(completion.text);
    const { promptTokens, completionTokens, costUsd } = completion;
    const usage = { model: completion.model, promptTokens, completionTokens, costUsd };
    const checked = reply.end();
    if (checked === null) return noAnswer(usage, options);
    return { ...checked, answered: true, complete: completion.finishReason === 'stop', usage, route: null };
  }
}
