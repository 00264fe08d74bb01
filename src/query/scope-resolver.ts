import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { aclPrincipals } from '../auth/acl-principals';
import { requireCollection } from '../auth/collection-grant';
import type { Principal } from '../auth/principal';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { ANSWER_WRITER, type AnswerWriter } from '../generation/answer-writer';
import { PROMPT_VERSION } from '../generation/prompt';
import { canonicalFilter } from '../retrieval/passage-filter';
import { toPassageFilter } from '../retrieval/passage-filter.dto';
import { RetrievalService } from '../retrieval/retrieval.service';
import { focusOf } from '../text-analysis/question-focus';
import type { QueryDto } from './query.dto';
import type { QuestionContext } from './question-context';
import { UserPseudonyms } from './user-pseudonyms';
import type { CollectionAccess } from '../corpus/collection';
import { CollectionStore } from '../corpus/collection-store';
import type { AskedSpace } from '../retrieval/retrieval-request';

/** What decides which cached answers a request may share, besides what it says itself. */
export interface Access extends CollectionAccess {
  /** What the request is asked of from its beginning to its end. */
  space: AskedSpace;
}

/** One read of a collection for all who asked before it began. */
interface Batch {
  principals: Set<string>;
  access: Promise<Access>;
}

/**
 * Reads the epoch of collections from the primary, and the active embedding space. Requests that come while a read of
 * the same collection is under way share the next one, never that one: what a request is told was read after it had
 * come. So a crowd of requests costs one statement at a time.
 */
@Injectable()
export class AccessReader {
  private readonly running = new Map<string, Promise<unknown>>();
  private readonly waiting = new Map<string, Batch>();

  constructor(
    private readonly collections: CollectionStore,
    private readonly retrieval: RetrievalService,
  ) {}

  /** @throws AppError `COLLECTION_NOT_FOUND`, `DATABASE_UNAVAILABLE` */
  async read(tenantId: string, collection: string, principals: readonly string[]): Promise<Access> {
    const key = JSON.stringify([tenantId, collection]);
    const batch = this.waiting.get(key) ?? this.open(key, tenantId, collection);
    for (const principal of principals) batch.principals.add(principal);
    const access = await batch.access;
    return { ...access, principals: access.principals.filter((principal) => principals.includes(principal)) };
  }

  private open(key: string, tenantId: string, collection: string): Batch {
    const principals = new Set<string>();
    const before = this.running.get(key) ?? Promise.resolve();
    const begin = async () => {
      this.waiting.delete(key);
      const [access, space] = await Promise.all([
        this.collections.epochAndReadablePrincipals(tenantId, collection, [...principals]),
        this.retrieval.activeSpace(),
      ]);
      return { ...access, space };
    };
    // Whether the read before it succeeded is of no concern to it.
    const access = before.then(begin, begin);
    const batch = { principals, access };
    this.waiting.set(key, batch);
    this.running.set(key, access);
    const end = () => {
      if (this.running.get(key) === access) this.running.delete(key);
    };
    access.then(end, end);
    return batch;
  }
}

/** Settles for one request which answers it may share, and the epoch at which it began. */
@Injectable()
export class ScopeResolver {
  /** What was last known of a collection, for `SEMANTIC_CACHE_SERVE_UNVERIFIED` only. */
  private readonly lastKnown = new LRUCache<string, Access>({ max: 1000 });

  constructor(
    private readonly accesses: AccessReader,
    private readonly retrieval: RetrievalService,
    @Inject(ANSWER_WRITER) private readonly writer: AnswerWriter,
    private readonly config: AppConfig,
    private readonly pseudonyms: UserPseudonyms,
  ) {}

  /**
   * @param dto its `query` stands for itself, whatever its `history` says
   * @throws AppError `FORBIDDEN`, `COLLECTION_NOT_FOUND`; `DATABASE_UNAVAILABLE`, unless answers may be served unverified and
   *   the collection is known: then the epoch is null
   */
  async resolve(dto: QueryDto, principal: Principal): Promise<QuestionContext> {
    const collection = dto.collection ?? 'default';
    requireCollection(principal, collection);
    const principals = aclPrincipals(principal, dto.user_id);
    const { access, epoch } = await this.access(principal.tenantId, collection, principals);
    const askedBy = this.pseudonyms.of(principal.tenantId, dto.user_id);
    const filter = toPassageFilter(dto.filters);
    const topK = dto.top_k ?? this.config.retrieval.topK;
    const { focus, context } = focusOf(dto.query);
    return {
      question: dto.query,
      focus,
      askedBy,
      collection,
      search: {
        tenantId: principal.tenantId,
        collectionId: access.collectionId,
        epoch,
        space: access.space,
        // Not all of the caller's: what is found, and shared by all of this scope, must not depend on any other. A document
        // that names one of them for the first time may be published any moment.
        principals: access.principals,
        filter,
        topK,
        askedBy,
      },
      scope: {
        tenantId: principal.tenantId,
        collectionId: access.collectionId,
        principals: access.principals,
        filters: canonicalFilter(filter),
        topK,
        promptVersion: PROMPT_VERSION,
        embeddingSpace: { id: access.space.id, model: access.space.model },
        retrieval: this.retrieval.identity,
        languageModel: this.writer.identity,
        questionContext: context,
      },
    };
  }

  private async access(
    tenantId: string,
    collection: string,
    principals: string[],
  ): Promise<{ access: Access; epoch: string | null }> {
    const key = JSON.stringify([tenantId, collection, principals]);
    try {
      const access = await this.accesses.read(tenantId, collection, principals);
      if (this.config.semanticCache.serveUnverified) this.lastKnown.set(key, access);
      return { access, epoch: access.epoch };
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE')) throw error;
      const access = this.lastKnown.get(key);
      if (access === undefined) throw error;
      return { access, epoch: null };
    }
  }
}
