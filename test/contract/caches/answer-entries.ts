import { randomUUID } from 'node:crypto';
import { sha256Hex } from '../../../src/common/hash';
import { l2Normalise } from '../../../src/common/vector';
import type { CachedCitation, CacheEntry } from '../../../src/semantic-cache/cache-entry';
import type { CacheScope } from '../../../src/semantic-cache/cache-scope';

/** Makes entries of one tenant of its own, so that tests never meet on a shared server. */
export class AnswerEntries {
  readonly tenantId = randomUUID();
  readonly collectionId = randomUUID();
  readonly documentId = randomUUID();
  readonly scopeHash = sha256Hex(this.collectionId);

  constructor(private readonly clock: { nowMs(): number }) {}

  /** An entry for a question; everything may be said otherwise. */
  of(question: string, changes: Partial<CacheEntry> = {}): CacheEntry {
    return {
      id: sha256Hex(`${changes.scopeHash ?? this.scopeHash} ${question}`),
      tenantId: this.tenantId,
      collectionId: this.collectionId,
      scopeHash: this.scopeHash,
      question,
      response: `The answer to “${question}” [1].`,
      citations: [this.citation('a')],
      fingerprint: sha256Hex('evidence'),
      evidence: [sha256Hex('a'), sha256Hex('b')],
      epoch: '7',
      documentIds: [this.documentId],
      usage: { model: 'extractive', promptTokens: 12, completionTokens: 5, costUsd: 0.25 },
      createdAtMs: this.clock.nowMs(),
      ttlSeconds: 300,
      ...changes,
    };
  }

  /** What the entries' questions were asked within. */
  get scope(): CacheScope {
    return {
      tenantId: this.tenantId,
      collectionId: this.collectionId,
      principals: [],
      filters: '{}',
      topK: 5,
      promptVersion: '1',
      embeddingSpace: { id: 1, model: 'use-lite' },
      retrieval: '',
      languageModel: 'extractive',
    };
  }

  citation(text: string): CachedCitation {
    return {
      n: 1,
      documentId: this.documentId,
      externalId: 'handbook/refunds.md',
      version: 3,
      chunkId: randomUUID(),
      start: 120,
      end: 611,
      title: null,
      score: 0.83,
      excerpt: 'Refunds are issued within 30 days – “always”. 🙂',
      contentHash: sha256Hex(text),
    };
  }
}

/** The unit vector along one axis of a small space. */
export function axis(i: number, dimensions = 8): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, j) => (i === j ? 1 : 0));
}

/** A unit vector whose cosine similarity to `axis(0)` is given. */
export function atSimilarity(cosine: number, dimensions = 8): Float32Array {
  return l2Normalise([cosine, Math.sqrt(1 - cosine * cosine), ...Array<number>(dimensions - 2).fill(0)]);
}

/** Unit vectors without any order, the same for the same seed. */
export function* unrelatedVectors(dimensions: number, seed = 7): Generator<Float32Array> {
  let state = seed;
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  for (;;) yield l2Normalise(Array.from({ length: dimensions }, next));
}
