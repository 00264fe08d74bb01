import { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { sha256Hex } from '../../src/common/hash';
import { newId } from '../../src/common/ids';
import { l2Normalise, toPgVector } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { DatabaseReads } from '../../src/database/database-reads';
import { ChunkStore } from '../../src/corpus/chunk-store';
import { CorpusDatabase } from '../../src/corpus/corpus-database';
import type { IncomingDocument, VectorTable } from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import type { SearchLanguage } from '../../src/text-analysis/search-language';
import { VersionPublisher } from '../../src/corpus/version-publisher';
import { VersionStore } from '../../src/corpus/version-store';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf, type Queryable } from '../../src/database/read-replicas';
import type { SearchRequest } from '../../src/retrieval/search-request';
import { SearchPlanner } from '../../src/retrieval/search-planner';
import { SlowStatementLog } from '../../src/retrieval/slow-statement-log';
import { TextSearch } from '../../src/retrieval/text-search';
import { MIGRATED_DATABASES } from '../support/contract-database';
import { tableMaintenance } from '../support/published-corpus';

const TENANT = '00000000-0000-0000-0000-000000000000';
const SPACE = {
  table: 'chunk_embedding_1',
  storage: 'vector',
  dimensions: 512,
} as const satisfies VectorTable & {
  dimensions: number;
};
const VECTOR = l2Normalise(Array.from({ length: SPACE.dimensions }, (_, i) => Math.sin(i)));
const TEXTS = [
  'river river river stone',
  'river stone bridge and some other words about nothing in particular to make it long',
  'bridge bridge',
  'mountain',
  ...Array.from({ length: 30 }, (_, i) => `river number ${i}`),
];

/** BM25 as the textbooks write it, over the stems that Postgres finds. */
function bm25(question: string[], texts: string[][]): number[] {
  const average = texts.reduce((sum, words) => sum + words.length, 0) / texts.length;
  return texts.map((words) =>
    question.reduce((score, word) => {
      const n = texts.filter((text) => text.includes(word)).length;
      const frequency = words.filter((other) => other === word).length;
      const norm = 0.9 * (1 - 0.55 + (0.55 * words.length) / average);
      const idf = Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
      return score + (idf * 1.9 * frequency) / (frequency + norm);
    }, 0),
  );
}

describe.each(MIGRATED_DATABASES)('text search on %s', (_name, open) => {
  jest.setTimeout(60_000);
  let dataSource: DataSource;
  let database: Queryable;
  let close: () => Promise<void>;
  let textSearch: TextSearch;
  /** Content → chunk id. */
  const ids = new Map<string, string>();
  const idOf = (content: string) => ids.get(content) ?? '';
  let request: SearchRequest;

  beforeAll(async () => {
    const backend = await open();
    const config = AppConfig.parse({});
    dataSource = await new DataSource(dataSourceOptions(backend.url, config)).initialize();
    database = primaryOf(dataSource);
    close = () => dataSource.destroy().then(() => backend.close());
    textSearch = new TextSearch(new SearchPlanner(systemClock), new SlowStatementLog(config, systemClock));
    request = requestFor(await freshCollection());
    for (const [i, text] of TEXTS.entries()) await bringIn(request.collectionId, `d${i}`, [text]);
  });
  afterAll(() => close());

  const requestFor = (collectionId: string): SearchRequest => ({
    tenantId: TENANT,
    collectionId,
    epoch: null,
    principals: [],
    filter: {},
    topK: 10,
  });
  const search = async (question: string, of: SearchRequest = request, limit = 100) =>
    (await textSearch.search(database, question, of, limit)).hits;

  async function freshCollection(): Promise<string> {
    const id = newId();
    await dataSource.query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, $3)`, [
      id,
      TENANT,
      id,
    ]);
    return id;
  }

  /** Publishes a document of these chunks. */
  async function bringIn(
    collectionId: string,
    externalId: string,
    contents: readonly string[],
    more: Partial<IncomingDocument> & { language?: SearchLanguage; lead?: string } = {},
  ): Promise<void> {
    const corpus = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    const chunks = new ChunkStore(corpus);
    const { language = 'english', lead = null, ...incoming } = more;
    const { documents } = await new DocumentIntake(corpus, systemClock).accept(TENANT, collectionId, [
      {
        externalId,
        raw: Buffer.from(contents.join()),
        mimeType: 'text/plain',
        title: null,
        metadata: {},
        acl: null,
        lastModified: null,
        ...incoming,
      },
    ]);
    const ref = { tenantId: TENANT, documentId: documents[0].documentId, version: documents[0].version };
    await new VersionStore(corpus).startChunking([ref]);
    const staged = contents.map((content, ordinal) => ({
      id: newId(),
      ordinal,
      start: 0,
      end: content.length,
      content,
      contentHash: sha256Hex(content),
      headingPath: [],
      page: null,
      tokenCount: 1,
      windows: [0, content.length],
      lead,
    }));
    for (const { content, id } of staged) ids.set(content, id);
    await chunks.stage([{ ref, text: contents.join(), title: null, language, chunks: staged }]);
    await chunks.addVectors(
      TENANT,
      SPACE,
      staged.map(({ id }) => ({ id, documentId: ref.documentId, vector: toPgVector(VECTOR) })),
    );
    expect(
      await new VersionPublisher(corpus, tableMaintenance(dataSource)).publish([ref], SPACE, () =>
        Promise.resolve([SPACE]),
      ),
    ).toMatchObject([{ outcome: 'published' }]);
  }

  it('scores by BM25 exactly', async () => {
    const rows: { id: string; words: string[] | null }[] = await dataSource.query(
      `SELECT c.id, (SELECT array_agg(term.lexeme) FROM unnest(c.search) AS term, unnest(term.positions)) AS words
       FROM chunk c WHERE c.collection_id = $1`,
      [request.collectionId],
    );
    const words = TEXTS.map((text) => rows.find((row) => row.id === idOf(text))?.words ?? []);
    const expected = bm25(['river', 'bridg', 'stone'], words);
    const hits = await search('Which rivers have stone bridges?');
    expect(hits.length).toBe(expected.filter((score) => score > 0).length);
    for (const [i, text] of TEXTS.entries()) {
      const hit = hits.find(({ chunkId }) => chunkId === idOf(text));
      expect(hit?.score ?? 0).toBeCloseTo(expected[i], 4);
    }
    expect(hits.map(({ score }) => score)).toEqual([...hits].map(({ score }) => score).sort((a, b) => b - a));
  });

  it('ranks the rare word above the common one', async () => {
    const [first] = await search('How long is river number 17?', request, 5);
    expect(first.chunkId).toBe(idOf('river number 17'));
  });

  it('finds nothing for words that no chunk holds, and none at all for stop words', async () => {
    expect(await search('zeppelin')).toEqual([]);
    expect(await search('is it the')).toEqual([]);
  });

  it('tells what all words together could score, and how similar its hits are', async () => {
    const { hits, maxScore, similarities } = await textSearch.search(database, 'river zeppelin', request, 3, {
      space: SPACE,
      vector: VECTOR,
    });
    expect(maxScore).toBeGreaterThan(2 * hits[0].score);
    expect(hits.map(({ chunkId }) => similarities.get(chunkId))).toEqual(
      hits.map(() => expect.closeTo(1, 5) as number),
    );
  });

  it.each(["o'brien \\ & | ! ( ) : * <->", "'; DROP TABLE chunk; --", '\u{1F332} \u202e', 'a'.repeat(5000)])(
    'survives %j',
    async (question) => {
      await expect(search(`river ${question}`)).resolves.not.toHaveLength(0);
    },
  );

  it('sees nothing of another tenant or collection', async () => {
    expect(await search('river', { ...request, tenantId: newId() })).toEqual([]);
    expect(await search('river', { ...request, collectionId: newId() })).toEqual([]);
  });

  it('obeys filters, whether few chunks pass or many', async () => {
    const only = { ...request, filter: { externalIds: ['d1'] } };
    expect((await search('river', only)).map(({ chunkId }) => chunkId)).toEqual([idOf(TEXTS[1])]);
    expect(await search('mountain', only)).toEqual([]);
    const planner = new SearchPlanner(systemClock);
    planner.markBroad(only);
    const broad = new TextSearch(planner, new SlowStatementLog(AppConfig.parse({}), systemClock));
    const { hits } = await broad.search(database, 'river', only, 10);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual([idOf(TEXTS[1])]);
  });

  it('shows documents with an ACL to their principals only', async () => {
    const own = requestFor(await freshCollection());
    await bringIn(own.collectionId, 'open', ['The harbour is open.']);
    await bringIn(own.collectionId, 'closed', ['The harbour is secret.'], { acl: ['user:ada'] });
    const seenBy = async (principals: string[], filter = {}) =>
      (await search('harbour', { ...own, principals, filter })).map(({ chunkId }) => chunkId).sort();
    const both = [idOf('The harbour is open.'), idOf('The harbour is secret.')].sort();
    for (const filter of [{}, { metadata: { none: { exists: false } } }]) {
      expect(await seenBy(['user:ada'], filter)).toEqual(both);
      expect(await seenBy(['user:bob'], filter)).toEqual([idOf('The harbour is open.')]);
      expect(await seenBy([], filter)).toEqual([idOf('The harbour is open.')]);
    }
  });

  it('finds the passage whose neighbours say what it is about', async () => {
    const own = requestFor(await freshCollection());
    await bringIn(own.collectionId, 'other', ['Ferries leave hourly.', 'The price is nine euros.']);
    await bringIn(own.collectionId, 'museum', [
      'The museum of trains.',
      'The price is ten euros.',
      'No dogs.',
    ]);
    const [first] = await search('price of the museum', own);
    expect([idOf('The museum of trains.'), idOf('The price is ten euros.')]).toContain(first.chunkId);
    const ranked = (await search('price euros museum trains', own)).map(({ chunkId }) => chunkId);
    expect(ranked.indexOf(idOf('The price is ten euros.'))).toBeLessThan(
      ranked.indexOf(idOf('The price is nine euros.')),
    );
  });

  it('finds every passage by what its document begins with', async () => {
    const own = requestFor(await freshCollection());
    await bringIn(own.collectionId, 'a', ['First page.', 'Other pages.'], { lead: 'Zanzibar' });
    expect(await search('Zanzibar', own)).toHaveLength(2);
  });

  it('stems questions as the documents were, in each language of the collection', async () => {
    const own = requestFor(await freshCollection());
    const german = 'Die Häuser der Fischer stehen am Hafen.';
    const english = 'The houses of the fishermen are closed.';
    const chinese = '北京大学的学生在图书馆学习。';
    await bringIn(own.collectionId, 'de', [german], { language: 'german' });
    await bringIn(own.collectionId, 'en', [english]);
    await bringIn(own.collectionId, 'zh', [chinese], { language: 'simple' });
    const found = async (question: string) => (await search(question, own)).map(({ chunkId }) => chunkId);
    expect(await found('Wo steht das Haus, und wie ist der Hafen?')).toEqual([idOf(german)]);
    expect(await found('closing of a house')).toEqual([idOf(english)]);
    expect(await found('图书馆')).toEqual([idOf(chinese)]);
  });
});
