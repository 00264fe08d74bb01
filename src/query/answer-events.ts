import { eventFrame } from '../common/event-stream';
import { errorBody } from '../common/http-error-body';
import type { AnswerFrames, AnswerHead } from './answer-stream';
import { toCacheDto, toCitationDto, toQueryResponse, sourcesOf } from './query-response.dto';

/**
 * The events of `POST /query` with `stream: true`: `meta` (what the answer may cite), `delta`…, and `done` (what it does
 * cite, usage, latency) or `error`.
 * @param startedMs by `performance.now()`
 */
export function queryEvents(requestId: string, startedMs: number): AnswerFrames {
  return {
    head: (head) => eventFrame(metaOf(head, requestId), 'meta'),
    text: (text) => eventFrame({ text }, 'delta'),
    end: (answer) => {
      const whole = toQueryResponse(answer, performance.now() - startedMs, requestId);
      return eventFrame({ ...whole, response: undefined }, 'done');
    },
    error: (error) => eventFrame(errorBody(error, requestId), 'error'),
  };
}

function metaOf({ citations, cache, standaloneQuery }: AnswerHead, requestId: string) {
  return {
    sources: sourcesOf(citations),
    cache_hit: cache.layer !== 'none',
    citations: citations.map(toCitationDto),
    cache: toCacheDto(cache),
    standalone_query: standaloneQuery ?? null,
    request_id: requestId,
  };
}
