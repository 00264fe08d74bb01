import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { Passage, Retrieval } from '../retrieval/passage';
import { RetrievalService } from '../retrieval/retrieval.service';
import type { CacheEntry, CachedCitation } from '../semantic-cache/cache-entry';
import { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import type { QuestionContext } from './question-context';

/** Whether an entry still holds; if so, as it may be served. */
export type CoherenceVerdict =
  | { coherent: true; entry: CacheEntry; validatedBy: 'epoch' | 'context' | null }
  /** It does not hold any more and is gone: `found` is what its own question finds now. */
  | { coherent: false; reason: 'stale'; found: Retrieval }
  /** That cannot be told now. */
  | { coherent: false; reason: 'unavailable'; found: null };

/**
 * The rule that cached answers cannot go stale: an entry is served only if nothing in its collection changed
 * since its evidence was read, or if its own question retrieves the same evidence again.
 * @see docs/architecture.md, "Coherence"
 */
@Injectable()
export class Coherence {
  constructor(
    private readonly retrieval: RetrievalService,
    private readonly embeddings: EmbeddingCaches,
    private readonly cache: SemanticCacheService,
  ) {}

  /**
   * Checks an entry of the request's scope, moves its epoch forward or deletes it.
   * @param context the epoch in `search` was read by this request, before this call
   */
  async check(entry: CacheEntry, context: QuestionContext): Promise<CoherenceVerdict> {
    const { epoch } = context.search;
    // Only with SEMANTIC_CACHE_SERVE_UNVERIFIED: Postgres is unavailable.
    if (epoch === null) return { coherent: true, entry, validatedBy: null };
    if (entry.epoch === epoch) return { coherent: true, entry, validatedBy: 'epoch' };

    const found = await this.retrieveAgain(entry, context);
    if (found === null) return { coherent: false, reason: 'unavailable', found };
    const { passages, fingerprint } = found;
    if (fingerprint !== entry.fingerprint) {
      await this.cache.drop(entry, 'context_changed');
      return { coherent: false, reason: 'stale', found };
    }
    const next = { epoch, citations: relocate(entry.citations, passages) };
    await this.cache.advance(entry, next.epoch, next.citations);
    return { coherent: true, entry: { ...entry, ...next }, validatedBy: 'context' };
  }

  /**
   * What the entry's own question finds now.
   * @returns null where that says nothing: without the embedding model or the reranker other passages come first, or
   *   the same by chance
   */
  async retrieveAgain(
    { question, askedBy }: CacheEntry,
    { search }: QuestionContext,
  ): Promise<Retrieval | null> {
    try {
      // Entries keep no vector: the embedding cache has it, or the model makes it again.
      const vector = await this.embeddings.of(search.space, search.tenantId).embedOne(question);
      const retrieval = await this.retrieval.retrieve(question, vector, { ...search, askedBy });
      return retrieval.degraded ? null : retrieval;
    } catch (error) {
      if (error instanceof AppError && error.code === 'EMBEDDING_UNAVAILABLE') return null;
      throw error;
    }
  }
}

/** The same texts may stand elsewhere by now: in a newer version, or at other offsets. */
function relocate(citations: readonly CachedCitation[], passages: readonly Passage[]): CachedCitation[] {
  return citations.map((citation) => {
    const now =
      passages.find(({ chunkId }) => chunkId === citation.chunkId) ??
      passages.find(({ contentHash }) => contentHash === citation.contentHash);
    if (!now) return citation;
    const { documentId, externalId, version, chunkId, start, end } = now;
    const { title, headingPath, page, language } = now;
    const place = { documentId, externalId, version, chunkId, start, end };
    return { ...citation, ...place, title, headingPath, page, language };
  });
}
