import { DataSource } from 'typeorm';
import { sha256Hex } from '../../src/common/hash';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { CorpusDatabase, type Sql } from '../../src/corpus/corpus-database';
import { dataSourceOptions } from '../../src/database/data-source';
import { DatabaseReads } from '../../src/database/database-reads';
import { DeploymentSecret } from '../../src/database/deployment-secret';
import { EmbeddingCaches } from '../../src/embedding-cache/embedding-caches';
import { EmbeddingSpace } from '../../src/embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../../src/embedding-space/embedding-space.service';
import { EmbeddingModels } from '../../src/models/embedding-models';
import { Metrics } from '../../src/observability/metrics';
import { Backfill } from '../../src/space-upgrade/backfill';
import { CostEstimator } from '../../src/space-upgrade/cost-estimate';
import { MissingVectors } from '../../src/space-upgrade/missing-vectors';
import { SpaceComparer } from '../../src/space-upgrade/space-comparison';
import { SpaceCreation } from '../../src/space-upgrade/space-creation';
import { SpaceIndex } from '../../src/space-upgrade/space-index';
import { SpaceSwitch } from '../../src/space-upgrade/space-switch';
import { UpgradeStore } from '../../src/space-upgrade/upgrade-store';
import { MIGRATED_DATABASES } from '../support/contract-database';
import { FakeOpenAiServer } from '../support/fake-openai-server';
import { LogLines } from './caches/log-lines';
import { openCacheRedis } from './caches/test-redis';

jest.setTimeout(120_000);

const TENANT = '00000000-0000-0000-0000-000000000000';
const CHUNKS = 90;
const NEW = { model: 'text-embedding-3-large', dimensions: 1024 };

describe.each(MIGRATED_DATABASES)('the work on embedding spaces, on %s', (name, open) => {
  const isEmbedded = name === 'the embedded database';
  const clock = { nowMs: () => Date.now() };
  const signal = new AbortController().signal;
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let model: FakeOpenAiServer;
  let database: CorpusDatabase;
  let store: UpgradeStore;
  let creation: SpaceCreation;
  let backfill: Backfill;
  let index: SpaceIndex;
  let comparer: SpaceComparer;
  let switching: SpaceSwitch;
  let spaces: EmbeddingSpaceService;
  let space: EmbeddingSpace;
  const collectionId = newId();
  const documentIds = Array.from({ length: 3 }, newId);

  beforeAll(async () => {
    new LogLines('none').install();
    const backend = await open();
    model = await FakeOpenAiServer.start();
    const config = AppConfig.parse({
      ...(!isEmbedded && { DATABASE_URL: backend.url }),
      EMBEDDING_PROVIDER: 'openai',
      EMBEDDING_MODEL: 'text-embedding-3-small',
      EMBEDDING_DIMENSIONS: '512',
      OPENAI_BASE_URL: model.url,
    });
    dataSource = await new DataSource({
      ...dataSourceOptions(backend.url, config),
      entities: [EmbeddingSpace],
    }).initialize();
    const metrics = new Metrics();
    const reads = new DatabaseReads(config, clock);
    const models = new EmbeddingModels(config);
    const redis = await openCacheRedis(null, { metrics });
    const caches = new EmbeddingCaches(
      models,
      models.configured,
      redis,
      config,
      metrics,
      await DeploymentSecret.read(dataSource),
    );
    database = new CorpusDatabase(dataSource, reads);
    store = new UpgradeStore(dataSource.getRepository(EmbeddingSpace), database);
    creation = new SpaceCreation(database, models, new CostEstimator(database, caches), config);
    const missing = new MissingVectors(database);
    backfill = new Backfill(database, missing, caches, clock, config);
    index = new SpaceIndex(database, backend.url, config);
    spaces = new EmbeddingSpaceService(dataSource.getRepository(EmbeddingSpace), config, clock, reads);
    comparer = new SpaceComparer(database, spaces, caches, config, clock);
    switching = new SpaceSwitch(database, missing);
    close = async () => {
      await dataSource.destroy();
      await backend.close();
      await model.close();
      redis.close();
    };
    await fillCorpus();
    // The database was made for another model of the same length.
    await dataSource.query(`UPDATE embedding_space SET model = 'text-embedding-3-small' WHERE id = 1`);
    await backfill.run(await store.space(1), signal);
    const id = await creation.create(NEW);
    space = await store.space(id);
  });
  afterAll(() => close());

  async function fillCorpus(): Promise<void> {
    await dataSource.query(`INSERT INTO collection (id, tenant_id, name) VALUES ($1, $2, 'c')`, [
      collectionId,
      TENANT,
    ]);
    for (const id of documentIds)
      await dataSource.query(
        `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version, searchable_version)
         VALUES ($1::uuid, $2, $3, $1::text, 1, 1)`,
        [id, TENANT, collectionId],
      );
    for (let i = 0; i < CHUNKS; i++) await addChunk(documentIds[i % 3], i);
  }

  const allSql: Sql = (statement, parameters) => dataSource.query(statement, [...parameters]);

  async function addChunk(documentId: string, i: number, sql: Sql = allSql): Promise<string> {
    const id = newId();
    const content = `Chunk ${i} speaks of word${i} and word${i + 1} and thing${i % 7}.`;
    await sql(
      `INSERT INTO chunk (id, tenant_id, collection_id, document_id, version, ordinal, start_offset, end_offset,
                          content, content_hash, heading_path, token_count, windows, search)
       VALUES ($1, $2, $3, $4, 1, $5, 0, $6, $7, $8, '{}', 8, ARRAY[0, $6], to_tsvector('english', $7))`,
      [id, TENANT, collectionId, documentId, i, content.length, content, sha256Hex(content)],
    );
    await sql(`UPDATE collection SET chunk_count = chunk_count + 1 WHERE id = $1`, [collectionId]);
    return id;
  }

  const vectors = async (): Promise<number> => {
    const [{ count }] = await dataSource.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM ${space.table}`,
    );
    return count;
  };
  const epochs = async () =>
    (await dataSource.query<{ epoch: string }[]>(`SELECT epoch FROM collection ORDER BY id`)).map(
      ({ epoch }) => Number(epoch),
    );

  it('knows what it costs', async () => {
    const { estimate } = (await store.find(space.id))!;
    expect(estimate).toMatchObject({ chunks: CHUNKS, cached_share: 0 });
    expect(estimate!.cost_usd).toBeCloseTo((estimate!.tokens * 0.13) / 1e6, 6);
  });

  it('makes one space at a time, and one of each kind', async () => {
    await expect(creation.create(NEW)).rejects.toMatchObject({ code: 'EMBEDDING_SPACE_CONFLICT' });
    await expect(creation.create({ ...NEW, dimensions: 256 })).rejects.toThrow(/is still being filled/);
  });

  it('stops when it is paused, and goes on with what questions found most', async () => {
    await store.change(space.id, { paused: true });
    expect(await backfill.run(space, signal)).toBe(false);
    const done = await vectors();
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(CHUNKS);
    await dataSource.query(
      `INSERT INTO recent_question (collection_id, place, tenant_id, question, document_ids)
       VALUES ($1, 0, $2, 'What does word1 say?', ARRAY[$3::uuid])`,
      [collectionId, TENANT, documentIds[2]],
    );
    // Still paused: one batch, of the document that was asked for.
    expect(await backfill.run(space, signal)).toBe(false);
    const [{ lacking }] = await dataSource.query<{ lacking: number }[]>(
      `SELECT count(*)::integer AS lacking FROM chunk c
       WHERE document_id = $1 AND NOT EXISTS (SELECT 1 FROM ${space.table} e WHERE e.chunk_id = c.id)`,
      [documentIds[2]],
    );
    expect(lacking).toBeLessThanOrEqual(isEmbedded ? 14 : 0);
    expect((await store.find(space.id))!.chunksDone).toBe(await vectors());
  });

  it('fills the rest, however many do it at once, and counts each chunk once', async () => {
    await store.change(space.id, { paused: false });
    expect(await Promise.all([backfill.run(space, signal), backfill.run(space, signal)])).toEqual([
      true,
      true,
    ]);
    expect(await vectors()).toBe(CHUNKS);
    expect((await store.find(space.id))!.chunksDone).toBe(CHUNKS);
    expect(await backfill.run(space, signal)).toBe(true);
  });

  it('builds the index, and again where a build was broken off', async () => {
    const isValid = async () => {
      const rows = await dataSource.query<{ oid: number; valid: boolean }[]>(
        `SELECT indexrelid AS oid, indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
        [`${space.table}_hnsw`],
      );
      return rows[0];
    };
    expect(await index.ensure(space, () => Promise.resolve(true), signal)).toBe(true);
    const first = await isValid();
    expect(first.valid).toBe(true);
    await dataSource.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1`, [first.oid]);
    expect(await index.ensure(space, () => Promise.resolve(false), signal)).toBe(false);
    expect(await index.ensure(space, () => Promise.resolve(true), signal)).toBe(true);
    const second = await isValid();
    expect(second.valid).toBe(true);
    expect(second.oid).not.toBe(first.oid);
  });

  it('compares both spaces by what was asked, and by chunks where little was', async () => {
    const comparison = await comparer.compare(space, signal);
    expect(comparison).toMatchObject({ with: 1, recent: 1, questions: CHUNKS + 1, k: 10, recall: 1 });
    expect(comparison.overlap).toBeGreaterThan(0.3);
    expect(comparison.overlap).toBeLessThanOrEqual(1);
  });

  it('does not promote a space that lacks vectors', async () => {
    await dataSource.query(`UPDATE embedding_space SET state = 'ready' WHERE id = $1`, [space.id]);
    const late = await addChunk(documentIds[0], CHUNKS);
    const before = await epochs();
    expect(await switching.to(space)).toBe(1);
    expect(await epochs()).toEqual(before);
    expect((await store.space(1)).state).toBe('active');
    await dataSource.query(`DELETE FROM chunk WHERE id = $1`, [late]);
  });

  it('tells a transaction the tables of all spaces that are kept complete', async () => {
    expect(await database.transaction((sql) => spaces.tables(sql))).toEqual([
      { table: 'chunk_embedding_1', storage: 'vector' },
      { table: space.table, storage: space.storage },
    ]);
  });

  it('sees a chunk that is published without its vector after all were looked at', async () => {
    // On the embedded database the look waits for the publication as well.
    let promotion: Promise<number> = Promise.resolve(0);
    let late = '';
    const active = await store.space(1);
    await database.transaction(async (sql) => {
      expect(await spaces.holdActive(sql, active)).toBe(true);
      promotion = switching.to(space);
      await sql(`SELECT pg_sleep(0.5)`, []);
      await sql(`UPDATE document SET updated_at = now() WHERE id = $1`, [documentIds[1]]);
      late = await addChunk(documentIds[1], CHUNKS + 1, sql);
    });
    expect(await promotion).toBe(1);
    await dataSource.query(`DELETE FROM chunk WHERE id = $1`, [late]);
  });

  it('promotes once, and moves the epoch of every collection', async () => {
    const before = await epochs();
    const outcomes = await Promise.allSettled([switching.to(space), switching.to(space)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const after = await epochs();
    expect(after.every((epoch, i) => epoch > before[i])).toBe(true);
    expect((await store.space(space.id)).state).toBe('active');
    expect(await store.space(1)).toMatchObject({ state: 'ready', supersededAt: expect.any(Date) });
    expect(await store.find(space.id)).toMatchObject({ stage: 'answers', answersFrom: 1 });
  });

  it('lets no version be published as of a space that is not asked any more', async () => {
    const [old, active] = [await store.space(1), await store.space(space.id)];
    const held = (of: EmbeddingSpace) => database.transaction((sql) => spaces.holdActive(sql, of));
    expect(await held(old)).toBe(false);
    expect(await held(active)).toBe(true);
  });

  it('waits with a promotion for who publishes as of the space before', async () => {
    // On the embedded database every transaction waits for every other.
    const order: string[] = [];
    let promotion: Promise<unknown> = Promise.resolve();
    await database.transaction(async (sql) => {
      expect(await spaces.holdActive(sql, space)).toBe(true);
      promotion = store
        .space(1)
        .then((old) => switching.to(old))
        .then(() => order.push('promoted'));
      await sql(`SELECT pg_sleep(0.3)`, []);
      order.push('published');
    });
    await promotion;
    expect(order).toEqual(['published', 'promoted']);
  });
});
