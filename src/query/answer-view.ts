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
    citations: scoredByRanks(answer.citations),
    cache: { ...answer.cache, matchedQuery: null },
  };
}

/** The same for what happens while the answer is being written. */
export function eventFor(principal: Principal, event: AnswerEvent): AnswerEvent {
  if (!('citations' in event) || maySeeRawScores(principal)) return event;
  return { ...event, citations: scoredByRanks(event.citations) };
}

/** Those of cached answers are asked for again and again. */
const scored = new WeakMap<readonly CachedCitation[], CachedCitation[]>();

function scoredByRanks(citations: readonly CachedCitation[]): CachedCitation[] {
  let byRank = scored.get(citations);
  if (byRank === undefined) scored.set(citations, (byRank = citations.map(scoredByRank)));
  return byRank;
}

/** The number of a citation is the rank of its passage. */
function scoredByRank(citation: CachedCitation): CachedCitation {
  return { ...citation, score: rankScore(citation.n) };
}
