import { DataSource } from 'typeorm';
import type { Clock } from '../../src/common/clock';
import { newId } from '../../src/common/ids';
import { l2Normalise, toPgVector } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf, type Queryable } from '../../src/database/read-replicas';
import { Metrics } from '../../src/observability/metrics';
import type { PassageFilter } from '../../src/retrieval/passage-filter';
import type { ArmHit } from '../../src/retrieval/rank-fusion';
import { RecallSampler } from '../../src/retrieval/recall-sampler';
import { exactStatement, type SearchRow, type Statement } from '../../src/retrieval/search-plan';
import { SearchPlanner } from '../../src/retrieval/search-planner';
import type { SearchRequest } from '../../src/retrieval/search-request';
import { SlowStatementLog } from '../../src/retrieval/slow-statement-log';
import { VectorSearch } from '../../src/retrieval/vector-search';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TENANT = '00000000-0000-0000-0000-000000000000';
const OTHER_TENANT = newId();
const COLLECTION = newId();
const OTHER_COLLECTION = newId();
const FOREIGN_COLLECTION = newId();
const DIMENSIONS = 512;
const SPACE = { table: 'chunk_embedding_1', storage: 'vector', dimensions: DIMENSIONS } as const;
/** More than an exact scan compares, so that broad requests go to the index. */
const DOCUMENTS = 600;
const CHUNKS_PER_DOCUMENT = 5;
const LIMIT = 50;
jest.setTimeout(240_000);

/** The same numbers in [0, 1) in every run (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

const random = seeded(7);
const direction = () => Float32Array.from({ length: DIMENSIONS }, () => random() + random() + random() - 1.5);
const CENTRES = Array.from({ length: 30 }, direction);
const near = (centre: number) => {
  const noise = direction();
  return l2Normalise(CENTRES[centre].map((x, i) => x + 0.7 * noise[i]));
};

describe.each(MIGRATED_DATABASES)('vector search on %s', (_name, open) => {
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let search: VectorSearch;
  /** One that has not looked yet at what there is. */
  let newSearch: () => VectorSearch;
  let sampler: RecallSampler;
  let metrics: Metrics;
  /** Names of the statements sent, in order. */
  let statements: string[];
  /** Rows after which the index walk ends. */
  let givenUpAfter = Infinity;

  const request = (filter: PassageFilter = {}, more: Partial<SearchRequest> = {}): SearchRequest => ({
    tenantId: TENANT,
    collectionId: COLLECTION,
    epoch: null,
    principals: ['user:ann'],
    topK: 10,
    filter,
    ...more,
  });

  const exactly = async (vector: Float32Array, asked: SearchRequest, limit = LIMIT): Promise<string[]> => {
    const { text, values } = exactStatement(SPACE, vector, asked, limit, null);
    const rows = await dataSource.query<SearchRow[]>(text, values);
    return rows.flatMap(({ chunk_id }) => chunk_id ?? []);
  };

  const documentsOf = async (hits: readonly ArmHit[]): Promise<Set<string>> => {
    const rows = await dataSource.query<{ external_id: string }[]>(
      `SELECT DISTINCT d.external_id FROM chunk c JOIN document d ON d.id = c.document_id WHERE c.id = ANY($1::uuid[])`,
      [hits.map(({ chunkId }) => chunkId)],
    );
    return new Set(rows.map(({ external_id }) => external_id));
  };

  /** Documents `name/0`, `name/1`, …, each about one centre. */
  async function insert(
    place: { tenantId: string; collectionId: string; name: string },
    count: number,
    describe: (n: number) => { metadata?: object; acl?: string[]; centre?: number },
  ): Promise<void> {
    const documents = Array.from({ length: count }, (_, n) => {
      const { metadata = {}, acl = null, centre = n % CENTRES.length } = describe(n);
      return { id: newId(), external_id: `${place.name}/${n}`, metadata, acl, centre };
    });
    await dataSource.query(
      `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version, searchable_version, metadata, acl)
       SELECT d.id, $1, $2, d.external_id, 1, 1, d.metadata, d.acl
       FROM jsonb_to_recordset($3::jsonb) AS d (id uuid, external_id text, metadata jsonb, acl text[])`,
      [place.tenantId, place.collectionId, JSON.stringify(documents)],
    );
    const chunks = documents.flatMap((document) =>
      Array.from({ length: CHUNKS_PER_DOCUMENT }, (_, ordinal) => ({
        id: newId(),
        document_id: document.id,
        ordinal,
        embedding: toPgVector(near(document.centre)),
      })),
    );
    for (let i = 0; i < chunks.length; i += 500) {
      const batch = [place.tenantId, place.collectionId, JSON.stringify(chunks.slice(i, i + 500))];
      await dataSource.query(
        `INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset,
                            content, content_hash, heading_path, token_count, windows, search)
         SELECT c.id, $1, $2, c.document_id, 1, c.ordinal, 0, 1, 'x', 'x', '{}', 1, '{0,1}', ''
         FROM jsonb_to_recordset($3::jsonb) AS c (id uuid, document_id uuid, ordinal integer)`,
        batch,
      );
      await dataSource.query(
        `INSERT INTO chunk_embedding_1 (chunk_id, tenant_id, collection_id, document_id, embedding)
         SELECT c.id, $1, $2, c.document_id, c.embedding::vector
         FROM jsonb_to_recordset($3::jsonb) AS c (id uuid, document_id uuid, embedding text)`,
        batch,
      );
    }
  }

  beforeAll(async () => {
    const backend = await open();
    const config = AppConfig.parse({ RETRIEVAL_RECALL_SAMPLE: '1', RETRIEVAL_SLOW_MS: '100000' });
    dataSource = await new DataSource(dataSourceOptions(backend.url, config)).initialize();
    close = async () => {
      await dataSource.destroy();
      await backend.close();
    };
    await dataSource.query('DROP INDEX chunk_embedding_1_hnsw');
    await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, 'other')`, [OTHER_TENANT]);
    await dataSource.query(
      `INSERT INTO collection (id, tenant_id, name) VALUES ($1, $4, 'a'), ($2, $4, 'b'), ($3, $5, 'a')`,
      [COLLECTION, OTHER_COLLECTION, FOREIGN_COLLECTION, TENANT, OTHER_TENANT],
    );
    await insert({ tenantId: TENANT, collectionId: COLLECTION, name: 'main' }, DOCUMENTS, (n) => ({
      metadata: { n, half: n % 2 === 0, centre: n % CENTRES.length },
      ...(n % 100 === 99 && { acl: n === 599 ? ['group:board'] : ['user:bob', 'group:board'] }),
    }));
    await insert({ tenantId: TENANT, collectionId: OTHER_COLLECTION, name: 'other' }, 4, () => ({}));
    await insert(
      { tenantId: OTHER_TENANT, collectionId: FOREIGN_COLLECTION, name: 'foreign' },
      4,
      () => ({}),
    );
    await dataSource.query(
      `UPDATE collection SET chunk_count = (SELECT count(*) FROM chunk c WHERE c.collection_id = collection.id)`,
    );
    await dataSource.query(
      `CREATE INDEX chunk_embedding_1_hnsw ON chunk_embedding_1
         USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 64)`,
    );
    for (const table of ['chunk_embedding_1', 'chunk', 'document'])
      await dataSource.query(`ANALYZE ${table}`);

    const clock: Clock = { nowMs: () => 0 };
    metrics = new Metrics();
    sampler = new RecallSampler(dataSource, config, metrics, () => 0);
    const log = new SlowStatementLog(config, clock);
    statements = [];
    const query = log.query.bind(log);
    log.query = async <Row>(database: Queryable, name: string, statement: Statement) => {
      statements.push(name);
      const rows = await query<Row>(database, name, statement);
      return name === 'vector index' ? rows.slice(0, givenUpAfter) : rows;
    };
    newSearch = () => new VectorSearch(config, new SearchPlanner(clock), log, sampler);
    search = newSearch();
  });
  afterAll(async () => {
    await sampler.idle();
    await close();
  });
  beforeEach(() => {
    statements.length = 0;
  });

  const SHARES: [string, PassageFilter, number][] = [
    ['100 %', {}, 594],
    ['50 %', { metadata: { half: true } }, 300],
    ['10 %', { metadata: { n: { lt: 60 } } }, 60],
    ['1 %', { metadata: { n: { gte: 50, lt: 56 } } }, 6],
    ['0.1 %', { metadata: { n: 33 } }, 1],
    ['nothing', { metadata: { n: -1 } }, 0],
  ];

  it.each(SHARES)(
    'at %s finds as many as there are, and the right ones',
    async (_share, filter, documents) => {
      const expected = Math.min(LIMIT, documents * CHUNKS_PER_DOCUMENT);
      let found10 = 0;
      let true10 = 0;
      for (let centre = 0; centre < 10; centre++) {
        const vector = near(centre);
        const hits = await search.search(primaryOf(dataSource), SPACE, vector, request(filter), LIMIT);
        expect(hits).toHaveLength(expected);
        expect(new Set(hits.map(({ chunkId }) => chunkId)).size).toBe(expected);
        expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
        const truth = (await exactly(vector, request(filter))).slice(0, 10);
        const top = new Set(hits.slice(0, 10).map(({ chunkId }) => chunkId));
        true10 += truth.length;
        found10 += truth.filter((id) => top.has(id)).length;
      }
      expect(found10).toBeGreaterThanOrEqual(0.95 * true10);
    },
  );

  it('asks the index where much matches, and compares all where little does', async () => {
    const broad = request({ metadata: { n: { gte: 0 } } });
    await search.search(primaryOf(dataSource), SPACE, near(0), broad, LIMIT);
    await search.search(primaryOf(dataSource), SPACE, near(1), broad, LIMIT);
    // The first one learns it; the second one knows.
    expect(statements).toEqual(['exact vector', 'vector index', 'vector index']);
    statements.length = 0;
    await search.search(
      primaryOf(dataSource),
      SPACE,
      near(0),
      request({ metadata: { n: { lt: 300 } } }),
      LIMIT,
    );
    expect(statements).toEqual(['exact vector']);
  });

  it('compares all when the index gives up before it has found enough', async () => {
    const asked = request({ metadata: { n: { gte: 1 } } });
    const vector = near(3);
    await search.search(primaryOf(dataSource), SPACE, near(0), asked, LIMIT);
    statements.length = 0;
    givenUpAfter = LIMIT - 1;
    const hits = await search.search(primaryOf(dataSource), SPACE, vector, asked, LIMIT);
    givenUpAfter = Infinity;
    expect(statements).toEqual(['vector index', 'exact vector']);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual(await exactly(vector, asked));
  });

  it('finds what lies far from the question', async () => {
    const filter = { metadata: { centre: { in: [20, 21] } } };
    const hits = await search.search(primaryOf(dataSource), SPACE, near(1), request(filter), LIMIT);
    expect(hits).toHaveLength(LIMIT);
  });

  it('keeps tenants and collections apart', async () => {
    const of = async (more: Partial<SearchRequest>) =>
      search.search(primaryOf(dataSource), SPACE, near(1), request({}, more), LIMIT);
    const other = await of({ collectionId: OTHER_COLLECTION });
    expect(other).toHaveLength(4 * CHUNKS_PER_DOCUMENT);
    expect([...(await documentsOf(other))].every((id) => id.startsWith('other/'))).toBe(true);
    const foreign = await of({ tenantId: OTHER_TENANT, collectionId: FOREIGN_COLLECTION });
    expect([...(await documentsOf(foreign))].every((id) => id.startsWith('foreign/'))).toBe(true);
    expect(await of({ tenantId: OTHER_TENANT })).toEqual([]);
    expect(await of({ collectionId: FOREIGN_COLLECTION })).toEqual([]);
    expect(new Set(statements)).toEqual(new Set(['whole vector']));
  });

  it('shows a document with an ACL to those it names, by either way', async () => {
    const filter = { externalIds: ['main/599', 'main/499', 'main/0'] };
    const seenBy = async (...principals: string[]) =>
      [
        ...(await documentsOf(
          await search.search(primaryOf(dataSource), SPACE, near(1), request(filter, { principals }), LIMIT),
        )),
      ].sort();
    expect(await seenBy()).toEqual(['main/0']);
    expect(await seenBy('user:bob')).toEqual(['main/0', 'main/499']);
    expect(await seenBy('user:bob', 'group:board')).toEqual(['main/0', 'main/499', 'main/599']);
    // main/599 is about this centre; without a filter the index answers.
    const broad = (...principals: string[]) =>
      search
        .search(primaryOf(dataSource), SPACE, CENTRES_OF_599, request({}, { principals }), 100)
        .then(documentsOf);
    expect((await broad('user:bob')).has('main/599')).toBe(false);
    expect((await broad('group:board')).has('main/599')).toBe(true);
    expect(statements).toContain('vector index');
  });

  it('measures recall after the answer', async () => {
    await sampler.idle();
    await search.search(primaryOf(dataSource), SPACE, near(2), request({}), LIMIT);
    await sampler.idle();
    const { values } = await metrics.retrievalRecall.get();
    expect(values[0].value).toBeGreaterThanOrEqual(0.95);
    expect(values[0].value).toBeLessThanOrEqual(1);
  });

  it('compares all, however many match, where there is no index', async () => {
    await dataSource.query('DROP INDEX chunk_embedding_1_hnsw');
    search = newSearch();
    const vector = near(5);
    for (const asked of [request({}), request({ metadata: { n: { gte: 2 } } })]) {
      const hits = await search.search(primaryOf(dataSource), SPACE, vector, asked, LIMIT);
      expect(hits.map(({ chunkId }) => chunkId)).toEqual(await exactly(vector, asked));
    }
    expect(statements).toEqual(['whole vector', 'exact vector']);
  });
});

/** The middle of the centre that document 599 is about. */
const CENTRES_OF_599 = l2Normalise(CENTRES[599 % CENTRES.length]);
