import { Injectable } from '@nestjs/common';
import type { CollectionAccess } from '../corpus/collection';
import { CollectionStore } from '../corpus/collection-store';
import { RetrievalService } from '../retrieval/retrieval.service';
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
