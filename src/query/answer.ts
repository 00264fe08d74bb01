import type { AnswerRoute } from '../generation/answer-writer';
import type { CacheEntry, CachedCitation } from '../semantic-cache/cache-entry';

/** How an answer came from the cache, or that it did not. */
export interface CacheOutcome {
  layer: 'exact' | 'semantic' | 'none';
  /** Cosine similarity of the matched question; null for a miss. */
  similarity: number | null;
  ageSeconds: number | null;
  /** Lifetime of the entry from its creation; null where nothing is cached. */
  ttlSeconds: number | null;
  /** `epoch`: nothing changed since; `context`: something did, but not what the answer rests on. */
  validatedBy: 'epoch' | 'context' | null;
  matchedQuery: string | null;
  /** The entry that it is kept in; null where nothing is cached. */
  entryId: string | null;
}

/** An answer on its way out, whichever way it came. */
export interface Answer {
  text: string;
  citations: CachedCitation[];
  cache: CacheOutcome;
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
  outcome: Pick<CacheOutcome, 'layer' | 'similarity' | 'validatedBy'>,
  nowMs: number,
): Answer {
  const { model, promptTokens, completionTokens, costUsd } = entry.usage;
  return {
    text: entry.response,
    citations: entry.citations,
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
