import type { AnswerRoute } from '../generation/answer-writer';
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
