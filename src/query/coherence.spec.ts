import { AppError } from '../common/app-error';
import type { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import { contextFingerprint, type Passage, type Retrieval } from '../retrieval/passage';
import type { RetrievalService } from '../retrieval/retrieval.service';
import type { CacheEntry } from '../semantic-cache/cache-entry';
import type { SemanticCacheService } from '../semantic-cache/semantic-cache.service';
import { Coherence } from './coherence';
import type { QuestionContext } from './question-context';

const passage = (contentHash: string, more: Partial<Passage> = {}): Passage => ({
  chunkId: `chunk-${contentHash}`,
  documentId: 'd1',
  externalId: 'd1.md',
  version: 1,
  title: null,
  ordinal: 0,
  start: 0,
  end: 10,
  headingPath: [],
  page: null,
  language: 'english',
  content: contentHash,
  contentHash,
  lastModified: new Date(0),
  score: 1,
  vectorScore: 1,
  textScore: 1,
  vectorWeight: 0.5,
  rerankScore: null,
  ...more,
});

/** Retrieves what it is told to, and remembers what it was asked. */
class FakeRetrieval {
  readonly asked: string[] = [];
  passages: Passage[] = [];
  degraded = false;
  retrieve(question: string): Promise<Retrieval> {
    this.asked.push(question);
    const { passages, degraded } = this;
    return Promise.resolve({ passages, fingerprint: contextFingerprint(passages), degraded });
  }
}

/** Embeds everything alike, or cannot. */
class FakeEmbeddings {
  isUnavailable = false;
  of(): this {
    return this;
  }
  embedOne(): Promise<Float32Array> {
    if (this.isUnavailable) return Promise.reject(new AppError('EMBEDDING_UNAVAILABLE', 'unavailable'));
    return Promise.resolve(Float32Array.of(1));
  }
}

/** Remembers what became of entries. */
class FakeCache {
  readonly dropped: [string, string][] = [];
  readonly advanced: [string, string][] = [];
  drop(entry: CacheEntry, reason: string): Promise<void> {
    this.dropped.push([entry.id, reason]);
    return Promise.resolve();
  }
  advance(entry: CacheEntry, epoch: string): Promise<boolean> {
    this.advanced.push([entry.id, epoch]);
    return Promise.resolve(true);
  }
}

describe('Coherence', () => {
  const evidence = [passage('a'), passage('b')];
  const entry = {
    id: 'entry',
    question: 'the question of the entry',
    epoch: '7',
    fingerprint: contextFingerprint(evidence),
    citations: [
      { n: 1, chunkId: 'chunk-a', contentHash: 'a', version: 1, start: 0, end: 10, documentId: 'd1' },
    ],
  } as CacheEntry;
  const at = (epoch: string | null) =>
    ({ question: 'another wording', search: { epoch } }) as QuestionContext;

  function setUp(passages: Passage[]) {
    const retrieval = new FakeRetrieval();
    retrieval.passages = passages;
    const cache = new FakeCache();
    const embeddings = new FakeEmbeddings();
    const coherence = new Coherence(
      retrieval as unknown as RetrievalService,
      embeddings as unknown as EmbeddingCaches,
      cache as unknown as SemanticCacheService,
    );
    return { retrieval, cache, coherence, embeddings };
  }

  it('serves an entry of the current epoch without retrieving anything', async () => {
    const { coherence, retrieval } = setUp([]);
    expect(await coherence.check(entry, at('7'))).toMatchObject({ coherent: true, validatedBy: 'epoch' });
    expect(retrieval.asked).toEqual([]);
  });

  it("retrieves the entry's own question after a change, and moves its epoch if the evidence is the same", async () => {
    const { coherence, retrieval, cache } = setUp([...evidence].reverse());
    const verdict = await coherence.check(entry, at('8'));
    expect(verdict).toMatchObject({ coherent: true, validatedBy: 'context', entry: { epoch: '8' } });
    expect(retrieval.asked).toEqual(['the question of the entry']);
    expect(cache.advanced).toEqual([['entry', '8']]);
  });

  it.each([
    ['changed', [passage('a'), passage('b2')]],
    ['outranked', [passage('a'), passage('c'), passage('b')]],
    ['gone', [passage('a')]],
    ['under another title', [passage('a', { title: 'new' }), passage('b')]],
  ])('deletes and counts an entry whose evidence is %s', async (_name, passages) => {
    const { coherence, cache } = setUp(passages);
    expect(await coherence.check(entry, at('8'))).toMatchObject({
      coherent: false,
      reason: 'stale',
      found: { passages },
    });
    expect(cache.dropped).toEqual([['entry', 'context_changed']]);
    expect(cache.advanced).toEqual([]);
  });

  it.each([
    ['the same', evidence],
    ['other', [passage('c')]],
  ])(
    'neither serves nor deletes an entry for which %s evidence is found without the reranker',
    async (_name, passages) => {
      const { coherence, cache, retrieval } = setUp(passages);
      retrieval.degraded = true;
      expect(await coherence.check(entry, at('8'))).toMatchObject({ coherent: false, reason: 'unavailable' });
      expect(cache.dropped).toEqual([]);
      expect(cache.advanced).toEqual([]);
    },
  );

  it('neither serves nor deletes an entry whose question cannot be embedded now', async () => {
    const { coherence, cache, embeddings } = setUp(evidence);
    embeddings.isUnavailable = true;
    expect(await coherence.check(entry, at('8'))).toMatchObject({ coherent: false, reason: 'unavailable' });
    expect([cache.dropped, cache.advanced]).toEqual([[], []]);
    expect(await coherence.check(entry, at('7'))).toMatchObject({ coherent: true });
  });

  it('points to where the cited text stands now', async () => {
    const { coherence } = setUp([
      passage('a', { chunkId: 'moved', version: 3, start: 50, end: 60, page: '7', language: 'german' }),
      passage('b'),
    ]);
    const verdict = await coherence.check(entry, at('8'));
    expect(verdict).toMatchObject({
      entry: {
        citations: [
          { n: 1, chunkId: 'moved', version: 3, start: 50, end: 60, page: '7', language: 'german' },
        ],
      },
    });
  });

  it('is not asked where unverified answers are allowed and Postgres is unavailable', async () => {
    const { coherence, retrieval } = setUp([]);
    expect(await coherence.check(entry, at(null))).toMatchObject({ coherent: true, validatedBy: null });
    expect(retrieval.asked).toEqual([]);
  });
});
