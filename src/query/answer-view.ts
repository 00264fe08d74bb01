import type { Principal } from '../auth/principal';
import { maySeeRawScores, rankScore } from '../retrieval/visible-scores';
import type { CachedCitation } from '../semantic-cache/cache-entry';
import type { Answer, AnswerEvent } from './answer';

/**
 * An answer as its reader may see it: the question that an earlier user asked is for an `admin` only, and so are scores
 * that depend on documents which the reader may not read.
 */
export function answerFor(principal: Principal, answer: Answer): Answer {
  if (maySeeRawScores(principal)) return answer;
  return {
    ...answer,
    citations: answer.citations.map(scoredByRank),
    cache: { ...answer.cache, matchedQuery: null },
  };
}

/** The same for what happens while the answer is being written. */
export function eventFor(principal: Principal, event: AnswerEvent): AnswerEvent {
  if (!('citations' in event) || maySeeRawScores(principal)) return event;
  return { ...event, citations: event.citations.map(scoredByRank) };
}

/** The number of a citation is the rank of its passage. */
function scoredByRank(citation: CachedCitation): CachedCitation {
  return { ...citation, score: rankScore(citation.n) };
}
