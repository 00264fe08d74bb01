import type { Principal } from '../auth/principal';
import type { AnswerRoute } from '../generation/answer-writer';
import type { Passage } from '../retrieval/passage';
import { maySeeRawScores, rankScore } from '../retrieval/visible-scores';
import type { CacheEntry, CachedCitation } from '../semantic-cache/cache-entry';

/** How an answer came from the cache, or that it did not. */
export interface CacheOutcome {
  layer: 'exact' | 'semantic' | 'none';
  /** Cosine similarity of the matched question; null for a miss. */
  similarity: number | null;
  /** Probability, 0 to 1, that the entry answers the question; null for a miss. */
  certainty: number | null;
  ageSeconds: number | null;
  /** Lifetime of the entry from its creation; null where nothing is cached. */
  ttlSeconds: number | null;
  /** `epoch`: nothing changed since; `context`: something did, but not what the answer rests on. */
  validatedBy: 'epoch' | 'context' | null;
  matchedQuery: string | null;
  /** The entry that it is kept in; null where nothing is cached. */
  entryId: string | null;
}

/** What happens while an answer is being written. */
export type AnswerEvent =
  /** Once, before the first text: what the answer may cite; what it does cite is known at its end. */
  | { citations: CachedCitation[]; standaloneQuery?: string }
  /** One after the other they are the beginning of the answer's text. */
  | { text: string };

/** How somebody takes part in an answer. */
export interface Listening {
  /** Ends when its client is gone. */
  signal?: AbortSignal;
  /** Left out where only the whole answer is wanted. None comes for an answer that was there already. */
  onEvent?: (event: AnswerEvent) => void;
}

/** An answer on its way out, whichever way it came. */
export interface Answer {
  text: string;
  citations: CachedCitation[];
  /** Whether it was finished, not cut off at the limit of tokens. */
  complete: boolean;
  cache: CacheOutcome;
  /** The question that was answered, where it stood in a conversation. */
  standaloneQuery?: string;
  usage: {
    model: string;
    promptTokens: number;
    completionTokens: number;
    costUsd: number;
    savedTokens: number;
    savedUsd: number;
    /** Null where no model was asked for it. */
    route: AnswerRoute | null;
  };
}

/** The answer of a cache entry that was found coherent. */
export function answerFromCache(
  entry: CacheEntry,
  outcome: Pick<CacheOutcome, 'layer' | 'similarity' | 'certainty' | 'validatedBy'>,
  nowMs: number,
): Answer {
  const { model, promptTokens, completionTokens, costUsd } = entry.usage;
  return {
    text: entry.response,
    citations: entry.citations,
    complete: true,
    cache: {
      ...outcome,
      ageSeconds: Math.max(0, (nowMs - entry.createdAtMs) / 1000),
      ttlSeconds: entry.ttlSeconds,
      matchedQuery: entry.question,
      entryId: entry.id,
    },
    usage: {
      model,
      promptTokens: 0,
      completionTokens: 0,
      costUsd: 0,
      savedTokens: promptTokens + completionTokens,
      savedUsd: costUsd,
      route: null,
    },
  };
}

/** Characters of a passage that a citation shows. */
const EXCERPT_CHARACTERS = 300;

/** Passages as an answer cites them, by their numbers from 1. */
export function toCitations(numbers: readonly number[], passages: readonly Passage[]): CachedCitation[] {
  return numbers.map((n) => {
    const { documentId, externalId, version, chunkId, start, end, title, score, content, contentHash } =
      passages[n - 1];
    const { headingPath, page, language } = passages[n - 1];
    return {
      n,
      documentId,
      externalId,
      version,
      chunkId,
      start,
      end,
      title,
      headingPath,
      page,
      language,
      score,
      excerpt: excerptOf(content),
      contentHash,
    };
  });
}

/** The beginning of a passage, cut between words and never inside a surrogate pair. */
function excerptOf(content: string): string {
  if (content.length <= EXCERPT_CHARACTERS) return content;
  const head = [...content.slice(0, EXCERPT_CHARACTERS)].slice(0, -1).join('');
  return `${head.replace(/(?<!\s)\s+\S{0,40}$/, '')}…`;
}

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
