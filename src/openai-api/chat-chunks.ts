import { eventFrame } from '../common/event-stream';
import { openAiErrorBody } from '../common/error-body';
import type { Answer } from '../query/answer';
import type { AnswerFrames } from '../query/answer-stream';
import { toQueryResponse } from '../query/query-response.dto';

/** Fields that all chunks of a completion share. */
export interface CompletionHead {
  id: string;
  /** Unix time in seconds. */
  created: number;
  /** The collection. */
  model: string;
}

export interface CompletionTimes {
  requestId: string;
  /** Value of `performance.now()`. */
  startedMs: number;
}

/** A whole completion. */
export function toChatCompletion(answer: Answer, head: CompletionHead, times: CompletionTimes) {
  const { response, usage, evergreen } = partsOf(answer, times);
  const message = { role: 'assistant', content: response, refusal: null };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finishReasonOf(answer), logprobs: null }],
    usage,
    evergreen,
  };
}

/** The chunks of a streamed completion; the last ones carry the citations in `evergreen`. */
export function chatChunks(
  head: CompletionHead,
  times: CompletionTimes,
  includeUsage: boolean,
): AnswerFrames {
  const chunk = (more: object) =>
    eventFrame({ ...head, object: 'chat.completion.chunk', ...(includeUsage && { usage: null }), ...more });
  const choice = (delta: object, reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason: reason, logprobs: null }],
  });
  return {
    head: () => chunk(choice({ role: 'assistant', content: '' })),
    text: (content) => chunk(choice({ content })),
    end: (answer) => {
      const { usage, evergreen } = partsOf(answer, times);
      const last = chunk({ ...choice({}, finishReasonOf(answer)), evergreen });
      const counts = includeUsage ? chunk({ choices: [], usage, evergreen }) : '';
      return `${last}${counts}data: [DONE]\n\n`;
    },
    error: (error) => eventFrame(openAiErrorBody(error, times.requestId)),
  };
}

function partsOf(answer: Answer, { requestId, startedMs }: CompletionTimes) {
  const { response, ...evergreen } = toQueryResponse(answer, performance.now() - startedMs, requestId);
  const { prompt_tokens, completion_tokens } = evergreen.usage;
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  return { response, evergreen, usage };
}

function finishReasonOf({ complete }: Answer): 'stop' | 'length' {
  return complete ? 'stop' : 'length';
}
