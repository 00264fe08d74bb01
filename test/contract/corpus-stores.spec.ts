import { DataSource } from 'typeorm';
import type { Clock } from '../../src/common/clock';
import { sha256Hex } from '../../src/common/hash';
import { newId } from '../../src/common/ids';
import { dotProduct, fromPgVector, l2Normalise, toPgVector } from '../../src/common/vector';
import { AppConfig } from '../../src/config/app-config';
import { systemClock } from '../../src/common/clock';
import { DatabaseReads } from '../../src/database/database-reads';
import { ChunkStore } from '../../src/corpus/chunk-store';
import { CollectionStore } from '../../src/corpus/collection-store';
import { CorpusDatabase, type Sql } from '../../src/corpus/corpus-database';
import type {
  AcceptedDocument,
  IncomingDocument,
  StagedChunk,
  StagedText,
  VectorTable,
  VectorTables,
  VersionRef,
} from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import { DocumentStore } from '../../src/corpus/document-store';
import { FetchedContentStore } from '../../src/corpus/fetched-content-store';
import { IngestJobStore } from '../../src/corpus/ingest-job-store';
import { VersionPublisher } from '../../src/corpus/version-publisher';
import { type RawVersion, VersionStore } from '../../src/corpus/version-store';
import { dataSourceOptions } from '../../src/database/data-source';
import { MIGRATED_DATABASES } from '../support/contract-database';
import { tableMaintenance } from '../support/published-corpus';
import { eventually } from '../support/evergreen';

const TENANT = '00000000-0000-0000-0000-000000000000';
const OTHER_TENANT = newId();
const SPACE_ID = 1;
const SPACE: VectorTable = { table: 'chunk_embedding_1', storage: 'vector' };
const SPACES: VectorTables = () => Promise.resolve([SPACE]);
const DIMENSIONS = 512;
jest.setTimeout(120_000);

describe.each(MIGRATED_DATABASES)('corpus stores on %s', (name, open) => {
  const isEmbedded = name === 'the embedded database';
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let collections: CollectionStore;
  let intake: DocumentIntake;
  let documents: DocumentStore;
  let jobs: IngestJobStore;
  let versions: VersionStore;
  let chunks: ChunkStore;
  let publisher: VersionPublisher;
  let contents: FetchedContentStore;

  beforeAll(async () => {
    const backend = await open();
    dataSource = await new DataSource(dataSourceOptions(backend.url, AppConfig.parse({}))).initialize();
    close = async () => {
      await dataSource.destroy();
      await backend.close();
    };
    const clock: Clock = { nowMs: () => Date.now() };
    const database = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    collections = new CollectionStore(database, clock);
    intake = new DocumentIntake(database, clock);
    documents = new DocumentStore(database);
    jobs = new IngestJobStore(database, clock);
    versions = new VersionStore(database);
    chunks = new ChunkStore(database);
    publisher = new VersionPublisher(database, tableMaintenance(dataSource));
    contents = new FetchedContentStore(database);
    await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, 'other')`, [OTHER_TENANT]);
  });
  afterAll(() => close());

  const incoming = (externalId: string, content: string, more: Partial<IncomingDocument> = {}) => ({
    externalId,
    raw: Buffer.from(content),
    mimeType: 'text/plain',
    title: null,
    metadata: {},
    acl: null,
    lastModified: null,
    ...more,
  });
  const accept = async (collectionId: string, ...list: IncomingDocument[]) =>
    (await intake.accept(TENANT, collectionId, list)).documents;
  const refOf = ({ documentId, version }: AcceptedDocument): VersionRef => ({
    tenantId: TENANT,
    documentId,
    version,
  });

  function stagedChunks(
    paragraphs: readonly string[],
    headingPath: string[] = [],
    lead: string | null = null,
  ): StagedChunk[] {
    let start = 0;
    return paragraphs.map((content, ordinal) => {
      const chunk = {
        id: newId(),
        ordinal,
        start,
        end: start + content.length,
        content,
        contentHash: sha256Hex(content),
        headingPath,
        page: null,
        tokenCount: content.length,
        windows: [0, content.length],
        lead,
      };
      start = chunk.end + 2;
      return chunk;
    });
  }

  const stagedText = (text: string, title: string | null = null): StagedText => ({
    text,
    title,
    language: 'english',
  });

  // One version at a time, as most of these tests are about.
  const startChunking = async (ref: VersionRef): Promise<RawVersion | null> =>
    (await versions.startChunking([ref]))[0] ?? null;
  const stage = async (ref: VersionRef, text: StagedText, list: readonly StagedChunk[]) =>
    (await chunks.stage([{ ref, ...text, chunks: list }])).length > 0;
  const withoutVector = async (ref: VersionRef, space: VectorTable) =>
    (await chunks.withoutVector([ref], space)).map(({ id }) => id);
  const addKnownVectors = ({ documentId }: VersionRef, ids: readonly string[]) =>
    chunks.addKnownVectors(
      TENANT,
      { ...SPACE, id: SPACE_ID },
      ids.map((id) => ({ id, documentId })),
    );
  const addVectors = (
    { documentId }: VersionRef,
    space: VectorTable,
    vectors: readonly { chunkId: string; vector: string }[],
  ) =>
    chunks.addVectors(
      TENANT,
      space,
      vectors.map(({ chunkId, vector }) => ({ id: chunkId, documentId, vector })),
    );
  const progress = async (ref: VersionRef, chunksLeft: number) =>
    (await versions.progress([ref], [chunksLeft])).length > 0;
  const publish = async (
    ref: VersionRef,
    active: VectorTable,
    tables: VectorTables,
    staysActive?: (sql: Sql) => Promise<boolean>,
  ) => (await publisher.publish([ref], active, tables, staysActive))[0];

  async function embed(ref: VersionRef): Promise<string[]> {
    const missing = await withoutVector(ref, SPACE);
    await addVectors(
      ref,
      SPACE,
      missing.map((chunkId) => ({ chunkId, vector: randomVector() })),
    );
    return missing;
  }

  /** The whole way of one version whose chunks are its paragraphs. */
  async function bringIn(document: AcceptedDocument, paragraphs: string[], headingPath: string[] = []) {
    const ref = refOf(document);
    expect(await startChunking(ref)).not.toBeNull();
    expect(
      await stage(ref, stagedText(paragraphs.join('\n\n'), 'A title'), stagedChunks(paragraphs, headingPath)),
    ).toBe(true);
    await embed(ref);
    return publish(ref, SPACE, SPACES);
  }

  const epochOf = async (id: string): Promise<bigint> => {
    const [{ epoch }] = await dataSource.query<{ epoch: string }[]>(
      `SELECT epoch FROM collection WHERE id = $1`,
      [id],
    );
    return BigInt(epoch);
  };

  async function freshCollection(): Promise<string> {
    return (await collections.create(TENANT, `c-${newId()}`, {})).id;
  }

  async function orphans(): Promise<number> {
    const [{ n }] = await dataSource.query(
      `SELECT (SELECT count(*)::integer FROM chunk_embedding_1 e
               WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.id = e.chunk_id)
                 AND NOT EXISTS (SELECT 1 FROM staged_chunk s WHERE s.id = e.chunk_id)) AS n`,
    );
    return n as number;
  }

  describe('collections', () => {
    it('make the default one when it is first named, for each tenant its own', async () => {
      const mine = await collections.find(TENANT, 'default');
      expect(await collections.find(TENANT, 'default')).toEqual(mine);
      const theirs = await collections.find(OTHER_TENANT, 'default');
      expect(theirs.id).not.toBe(mine.id);
      expect(mine).toMatchObject({ name: 'default', epoch: '0' });
    });

    it('say which name is unknown, and refuse a second of one name', async () => {
      await expect(collections.find(TENANT, 'nowhere')).rejects.toMatchObject({
        code: 'COLLECTION_NOT_FOUND',
        message: expect.stringContaining('nowhere'),
      });
      await collections.create(TENANT, 'handbook', { description: 'x' });
      await expect(collections.create(TENANT, 'handbook', {})).rejects.toMatchObject({ code: 'CONFLICT' });
      await collections.create(OTHER_TENANT, 'handbook', {});
      await expect(collections.update(TENANT, 'handbook', { name: 'default' })).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      const changed = await collections.update(TENANT, 'handbook', {
        name: 'manual',
        settings: { chunking: { maxTokens: 99 } },
      });
      expect(changed).toMatchObject({
        name: 'manual',
        settings: { description: 'x', chunking: { maxTokens: 99 } },
      });
      expect((await collections.list(TENANT)).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['default', 'manual']),
      );
    });

    it('tell epoch and distinguishing principals of one moment', async () => {
      const name = `c-${newId()}`;
      const { id } = await collections.create(TENANT, name, {});
      const principals = ['user:zoe', 'group:hr', 'user:alice'];
      expect(await collections.epochAndReadablePrincipals(TENANT, name, principals)).toEqual({
        collectionId: id,
        epoch: '0',
        principals: [],
      });
      const [document] = await accept(
        id,
        incoming('a', 'Secret.', { acl: ['group:hr', 'user:alice', 'group:it'] }),
      );
      expect(await collections.epochAndReadablePrincipals(TENANT, name, principals)).toMatchObject({
        principals: [],
      });
      await bringIn(document, ['Secret.']);
      expect(await collections.epochAndReadablePrincipals(TENANT, name, principals)).toEqual({
        collectionId: id,
        epoch: String(await epochOf(id)),
        principals: ['group:hr', 'user:alice'],
      });
    });
  });

  describe('intake', () => {
    it('stores versions and the job, and recognises what it has', async () => {
      const collection = await freshCollection();
      const first = await intake.accept(TENANT, collection, [incoming('a', 'one'), incoming('b', 'two')]);
      expect(first.documents).toEqual([
        expect.objectContaining({ externalId: 'a', version: 1, status: 'queued', unchanged: false }),
        expect.objectContaining({ externalId: 'b', version: 1, status: 'queued', unchanged: false }),
      ]);
      const again = await accept(
        collection,
        incoming('b', 'two!'),
        incoming('a', 'one'),
        incoming('c', 'three'),
      );
      expect(again.map(({ externalId, version, unchanged }) => [externalId, version, unchanged])).toEqual([
        ['b', 2, false],
        ['a', 1, true],
        ['c', 1, false],
      ]);
      const job = await jobs.get(TENANT, first.jobId, { limit: 10 });
      expect(job.documents.map(({ externalId, status }) => [externalId, status])).toEqual([
        ['a', 'queued'],
        ['b', 'superseded'],
      ]);
      await expect(jobs.get(OTHER_TENANT, first.jobId, { limit: 10 })).rejects.toMatchObject({
        code: 'JOB_NOT_FOUND',
      });
      await expect(jobs.get(TENANT, 'x', { limit: 10 })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    });

    it('keeps bytes, metadata and ACL exactly', async () => {
      const collection = await freshCollection();
      const raw = Buffer.from([0, 1, 2, 255, 0x5c, 0x27]);
      const metadata = { 'k"\\': [1, { deep: null }], text: 'ä\u2028🌲' };
      const acl = ['user:"x"', 'a,b', '{c}', 'null'];
      const [document] = await accept(
        collection,
        incoming('odd \' " \\ {,} id', 'x', {
          raw,
          metadata,
          acl,
          title: 'NULL',
          lastModified: new Date('2024-02-29T12:00:00.123Z'),
        }),
      );
      const stored = await documents.get(TENANT, document.documentId);
      expect(stored).toMatchObject({
        externalId: 'odd \' " \\ {,} id',
        metadata,
        acl,
        title: 'NULL',
        lastModified: new Date('2024-02-29T12:00:00.123Z'),
        status: 'queued',
        searchableVersion: null,
      });
      expect((await startChunking(refOf(document)))?.raw!.equals(raw)).toBe(true);
    });

    it('serialises concurrent requests for the same documents', async () => {
      const collection = await freshCollection();
      const names = ['d', 'a', 'c', 'b'];
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) => {
          const rotated = [...names.slice(i % 4), ...names.slice(0, i % 4)];
          return accept(collection, ...rotated.map((name) => incoming(name, `content ${i % 4}`)));
        }),
      );
      for (const name of names) {
        const of = results.flat().filter(({ externalId }) => externalId === name);
        expect(new Set(of.map(({ documentId }) => documentId)).size).toBe(1);
        const changed = of.filter(({ unchanged }) => !unchanged).map(({ version }) => version);
        expect(new Set(changed).size).toBe(changed.length);
        const latest = await documents.get(TENANT, of[0].documentId);
        expect(latest.version).toBe(Math.max(...changed));
      }
    });

    it('queues a failed version again when the same comes in, and only then', async () => {
      const collection = await freshCollection();
      const [document] = await accept(collection, incoming('a', 'bad'));
      await startChunking(refOf(document));
      expect(await versions.fail(refOf(document), { code: 'EMPTY_DOCUMENT', message: 'm' }, SPACES)).toBe(
        true,
      );
      expect(await versions.fail(refOf(document), { code: 'INTERNAL', message: 'm' }, SPACES)).toBe(false);
      expect(await documents.get(TENANT, document.documentId)).toMatchObject({
        status: 'failed',
        error: { code: 'EMPTY_DOCUMENT', message: 'm' },
      });
      const [again] = await accept(collection, incoming('a', 'bad'));
      expect(again).toMatchObject({ version: 1, status: 'queued', unchanged: false });
      expect((await startChunking(refOf(again)))?.raw!.toString()).toBe('bad');
      const [better] = await accept(collection, incoming('a', 'good'));
      expect(better).toMatchObject({ version: 2, status: 'queued' });
    });

    it('refuses a collection that is gone', async () => {
      await expect(intake.accept(TENANT, newId(), [incoming('a', 'x')])).rejects.toMatchObject({
        code: 'COLLECTION_NOT_FOUND',
      });
    });
  });

  describe('publication', () => {
    it('swaps chunks, keeps equal ones with their vectors and moves the epoch', async () => {
      const collection = await freshCollection();
      const [v1] = await accept(collection, incoming('a', 'v1'));
      expect(await bringIn(v1, ['One.', 'Same.', 'Same.', 'Two.'], ['H'])).toMatchObject({
        outcome: 'published',
        replaced: false,
        chunks: { kept: 0, inserted: 4, removed: 0 },
      });
      const before = await documents.chunks(TENANT, v1.documentId, { limit: 100 });
      const epoch = await epochOf(collection);
      expect(epoch > 0n).toBe(true);

      const [v2] = await accept(collection, incoming('a', 'v2', { metadata: { year: 2025 } }));
      await startChunking(refOf(v2));
      await stage(refOf(v2), stagedText('text'), stagedChunks(['New.', 'Same.', 'Two.'], ['H']));
      expect(await embed(refOf(v2))).toHaveLength(1);
      expect(await publish(refOf(v2), SPACE, SPACES)).toMatchObject({
        outcome: 'published',
        epoch: String(await epochOf(collection)),
        replaced: true,
        chunks: { kept: 2, inserted: 1, removed: 2 },
      });
      expect((await epochOf(collection)) > epoch).toBe(true);
      const after = await documents.chunks(TENANT, v1.documentId, { limit: 100 });
      expect(after.map(({ content, ordinal, version }) => [content, ordinal, version])).toEqual([
        ['New.', 0, 2],
        ['Same.', 1, 2],
        ['Two.', 2, 2],
      ]);
      expect([after[1].id, after[2].id]).toEqual([before[1].id, before[3].id]);
      expect(after[1].start).toBe(6);
      expect(await documents.get(TENANT, v1.documentId)).toMatchObject({
        searchableVersion: 2,
        status: 'searchable',
        metadata: { year: 2025 },
        chunks: 3,
      });
      expect(await versions.status(refOf(v1))).toBe('superseded');
      expect(await orphans()).toBe(0);
      const [{ n }] = await dataSource.query(
        `SELECT count(*)::integer AS n FROM chunk_embedding_1 WHERE document_id = $1`,
        [v1.documentId],
      );
      expect(n).toBe(3);
    });

    it('finds chunks by words of text and heading', async () => {
      const collection = await freshCollection();
      const [document] = await accept(collection, incoming('a', 'x'));
      await bringIn(document, ['Customers were returning items.'], ['Refund policy']);
      const found = await dataSource.query(
        `SELECT ts_rank(search, to_tsquery('english', 'return'))::float8 AS text,
                ts_rank(search, to_tsquery('english', 'refunds'))::float8 AS heading
         FROM chunk WHERE document_id = $1`,
        [document.documentId],
      );
      expect(found[0].text).toBeGreaterThan(0);
      expect(found[0].heading).toBeGreaterThan(0);
    });

    it('refuses while a vector is missing, and changes nothing', async () => {
      const collection = await freshCollection();
      const [document] = await accept(collection, incoming('a', 'x'));
      await startChunking(refOf(document));
      const staged = stagedChunks(['One.', 'Two.']);
      await stage(refOf(document), stagedText('x'), staged);
      await addVectors(refOf(document), SPACE, [{ chunkId: staged[0].id, vector: randomVector() }]);
      expect(await publish(refOf(document), SPACE, SPACES)).toEqual({
        outcome: 'incomplete',
        missing: 1,
      });
      expect((await documents.get(TENANT, document.documentId)).searchableVersion).toBeNull();
      expect(await withoutVector(refOf(document), SPACE)).toEqual([staged[1].id]);
    });

    it('happens once, however often it is asked for', async () => {
      const collection = await freshCollection();
      const [document] = await accept(collection, incoming('a', 'x'));
      await startChunking(refOf(document));
      await stage(refOf(document), stagedText('x'), stagedChunks(['One.', 'Two.', 'Three.']));
      await embed(refOf(document));
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => publish(refOf(document), SPACE, SPACES)),
      );
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
        ...Array.from({ length: 4 }, () => 'dropped'),
        'published',
      ]);
      expect(await documents.chunks(TENANT, document.documentId, { limit: 10 })).toHaveLength(3);
      expect(await startChunking(refOf(document))).toBeNull();
      expect(await progress(refOf(document), 1)).toBe(false);
    });

    it('lets many publish into one collection at once', async () => {
      const name = `c-${newId()}`;
      const { id } = await collections.create(TENANT, name, {});
      const all = await accept(
        id,
        ...Array.from({ length: 12 }, (_, i) => incoming(`d${i}`, `content ${i}`)),
      );
      const published = await Promise.all(
        all.map((document, i) => bringIn(document, [`Paragraph ${i}.`, 'Shared.'])),
      );
      const epochs = published.map((publication) =>
        'epoch' in publication ? BigInt(publication.epoch) : 0n,
      );
      expect(new Set(epochs).size).toBe(12);
      expect(epochs).toContain(await epochOf(id));
    });

    it('never gets to an epoch that a server had which lost its latest commits', async () => {
      const collection = await freshCollection();
      const [before] = await accept(collection, incoming('a', 'x'));
      await bringIn(before, ['One.']);
      const epoch = await epochOf(collection);
      const [lost] = await accept(collection, incoming('b', 'x'));
      await bringIn(lost, ['Two.']);
      const lostEpoch = await epochOf(collection);
      // The server that takes over, as far as the epoch is concerned.
      await dataSource.query(`UPDATE collection SET epoch = $2 WHERE id = $1`, [collection, epoch]);
      await documents.delete(TENANT, [before.documentId], SPACES);
      expect((await epochOf(collection)) > epoch).toBe(true);
      expect(await epochOf(collection)).not.toBe(lostEpoch);
    });

    it('deletes the vectors of a space, too, that was made while it was under way', async () => {
      const collection = await freshCollection();
      const [v1] = await accept(collection, incoming('a', 'v1'));
      await bringIn(v1, ['Old.']);
      const [v2] = await accept(collection, incoming('a', 'v2'));
      await startChunking(refOf(v2));
      await stage(refOf(v2), stagedText('text'), stagedChunks(['New.']));
      await embed(refOf(v2));
      const spaces = [SPACE];
      const outcome = await publish(
        refOf(v2),
        SPACE,
        () => Promise.resolve(spaces),
        async (sql) => {
          await sql(`CREATE TABLE chunk_embedding_late (LIKE chunk_embedding_1 INCLUDING ALL)`, []);
          await sql(
            `INSERT INTO chunk_embedding_late SELECT * FROM chunk_embedding_1 WHERE document_id = $1`,
            [v1.documentId],
          );
          spaces.push({ table: 'chunk_embedding_late', storage: 'vector' });
          return true;
        },
      );
      expect(outcome).toMatchObject({ outcome: 'published' });
      const [chunk] = await documents.chunks(TENANT, v1.documentId, { limit: 10 });
      expect(await dataSource.query(`SELECT chunk_id FROM chunk_embedding_late`)).toEqual([
        { chunk_id: chunk.id },
      ]);
    });

    it('gives a chunk the vector of equal content of the tenant, and says what is to be embedded', async () => {
      const collection = await freshCollection();
      const text = `Unique ${newId()}.`;
      const [a] = await accept(collection, incoming('a', text));
      await bringIn(a, [text]);
      const [b] = await accept(collection, incoming('b', text));
      await startChunking(refOf(b));
      const other = `Other ${newId()}.`;
      await stage(refOf(b), stagedText(text), stagedChunks([text, other]));
      const unknown = await addKnownVectors(refOf(b), await withoutVector(refOf(b), SPACE));
      expect(unknown.map(({ content }) => content)).toEqual([other]);
      expect(await withoutVector(refOf(b), SPACE)).toEqual(unknown.map(({ id }) => id));
    });

    it('gives a chunk the vector that it was staged with, in the space of that vector only', async () => {
      const collection = await freshCollection();
      const withoutAny = async (spaceId: number, name: string) => {
        const [document] = await accept(collection, incoming(name, 'text'));
        await startChunking(refOf(document));
        const vector = fromPgVector(randomVector());
        const [one, two] = stagedChunks([`One ${newId()}.`, `Two ${newId()}.`]);
        const list = [{ ...one, vector }, two];
        await chunks.stage([{ ref: refOf(document), ...stagedText('text'), spaceId, chunks: list }]);
        const unknown = await addKnownVectors(refOf(document), [one.id, two.id]);
        const stored: { embedding: string }[] = await dataSource.query(
          `SELECT embedding::text FROM ${SPACE.table} WHERE chunk_id = $1`,
          [one.id],
        );
        const similarities = stored.map(({ embedding }) => dotProduct(fromPgVector(embedding), vector));
        return { unknown: unknown.length, similarities };
      };
      expect(await withoutAny(SPACE_ID + 1, 'other')).toEqual({ unknown: 2, similarities: [] });
      expect(await withoutAny(SPACE_ID, 'same')).toEqual({
        unknown: 1,
        similarities: [expect.closeTo(1, 4)],
      });
    });

    it('stages no vector of a chunk that is equal to a live one', async () => {
      const collection = await freshCollection();
      const text = `Kept ${newId()}.`;
      const [v1] = await accept(collection, incoming('a', text));
      await bringIn(v1, [text]);
      const [v2] = await accept(collection, incoming('a', `${text} More.`));
      const list = stagedChunks([text, `More ${newId()}.`]).map((chunk) => ({
        ...chunk,
        vector: fromPgVector(randomVector()),
      }));
      await startChunking(refOf(v2));
      await chunks.stage([{ ref: refOf(v2), ...stagedText(text), spaceId: SPACE_ID, chunks: list }]);
      expect(
        await dataSource.query(
          `SELECT ordinal FROM staged_chunk WHERE document_id = $1 AND embedding IS NOT NULL`,
          [v2.documentId],
        ),
      ).toEqual([{ ordinal: 1 }]);
    });
  });

  describe('late work', () => {
    it('of an overtaken version is dropped, and leaves nothing behind', async () => {
      const collection = await freshCollection();
      const [v1] = await accept(collection, incoming('a', 'v1'));
      await startChunking(refOf(v1));
      const staged = stagedChunks(['Old.']);
      await stage(refOf(v1), stagedText('v1'), staged);
      const [v2] = await accept(collection, incoming('a', 'v2'));
      expect(await versions.status(refOf(v1))).toBe('superseded');
      await addVectors(refOf(v1), SPACE, [{ chunkId: staged[0].id, vector: randomVector() }]);
      expect(await publish(refOf(v1), SPACE, SPACES)).toEqual({
        outcome: 'dropped',
        status: 'superseded',
      });
      expect(await bringIn(v2, ['New.'])).toMatchObject({ outcome: 'published' });
      expect(await stage(refOf(v1), stagedText('v1'), stagedChunks(['Old.']))).toBe(false);
      await addVectors(refOf(v1), SPACE, [{ chunkId: staged[0].id, vector: randomVector() }]);
      expect(await orphans()).toBe(0);
      expect(
        (await documents.chunks(TENANT, v1.documentId, { limit: 10 })).map(({ content }) => content),
      ).toEqual(['New.']);
    });

    it('loses against a deletion', async () => {
      const collection = await freshCollection();
      const [document] = await accept(collection, incoming('a', 'x'));
      const ref = refOf(document);
      await startChunking(ref);
      const staged = stagedChunks(['One.', 'Two.']);
      await stage(ref, stagedText('x'), staged);
      await embed(ref);
      expect(await documents.delete(OTHER_TENANT, [document.documentId], SPACES)).toEqual([]);
      expect(await documents.delete(TENANT, [document.documentId], SPACES)).toEqual([document.documentId]);
      expect(await documents.delete(TENANT, [document.documentId], SPACES)).toEqual([]);
      expect(await publish(ref, SPACE, SPACES)).toEqual({ outcome: 'dropped', status: 'deleted' });
      expect(await stage(ref, stagedText('x'), stagedChunks(['One.']))).toBe(false);
      await addVectors(ref, SPACE, [{ chunkId: staged[0].id, vector: randomVector() }]);
      expect(await versions.fail(ref, { code: 'INTERNAL', message: 'm' }, SPACES)).toBe(false);
      expect(await orphans()).toBe(0);
      const [again] = await accept(collection, incoming('a', 'x'));
      expect(again).toMatchObject({ version: 1, status: 'queued' });
      expect(again.documentId).not.toBe(document.documentId);
    });

    it('of an overtaken version is dropped when the source turns out not to have changed', async () => {
      const collection = await freshCollection();
      const [v1] = await accept(collection, incoming('a', 'v1'));
      await bringIn(v1, ['Good.']);
      const [v2] = await accept(collection, incoming('a', 'v2'));
      await startChunking(refOf(v2));
      await stage(refOf(v2), stagedText('v2'), stagedChunks(['Half.', 'Done.']));
      await embed(refOf(v2));
      const [v3] = await accept(collection, incoming('a', 'v3'));
      await startChunking(refOf(v3));
      expect(await contents.unchanged(refOf(v3), { etag: null, lastModified: null }, SPACES)).toBe(true);
      const left = await dataSource.query(`SELECT id FROM staged_chunk WHERE document_id = $1`, [
        v1.documentId,
      ]);
      expect(left).toEqual([]);
      expect(await orphans()).toBe(0);
    });

    it('leaves no vector behind, however deletions and workers interleave', async () => {
      const collection = await freshCollection();
      const all = await accept(collection, ...Array.from({ length: 10 }, (_, i) => incoming(`d${i}`, 'x')));
      await Promise.all(
        all.map(async (document) => {
          const ref = refOf(document);
          await startChunking(ref);
          const staged = stagedChunks(['One.', 'Two.', 'Three.', 'Four.']);
          await stage(ref, stagedText('x'), staged);
          await Promise.all([
            ...staged.map(({ id }) => addVectors(ref, SPACE, [{ chunkId: id, vector: randomVector() }])),
            documents.delete(TENANT, [document.documentId], SPACES),
            publish(ref, SPACE, SPACES),
          ]);
        }),
      );
      expect(await orphans()).toBe(0);
      expect(await documents.list(TENANT, { collectionId: collection, limit: 100 })).toEqual([]);
    });

    it('leaves the last good version searchable when a newer one fails', async () => {
      const collection = await freshCollection();
      const [v1] = await accept(collection, incoming('a', 'v1'));
      await bringIn(v1, ['Good.']);
      const [v2] = await accept(collection, incoming('a', 'v2'));
      await startChunking(refOf(v2));
      await stage(refOf(v2), stagedText('v2'), stagedChunks(['Half.', 'Done.']));
      await embed(refOf(v2));
      await versions.fail(refOf(v2), { code: 'EMBEDDING_UNAVAILABLE', message: 'm' }, SPACES);
      expect(await documents.get(TENANT, v1.documentId)).toMatchObject({
        status: 'failed',
        version: 2,
        searchableVersion: 1,
        chunks: 1,
      });
      expect(await orphans()).toBe(0);
    });
  });

  it('pages through documents and chunks', async () => {
    const collection = await freshCollection();
    const all = await accept(collection, ...['x', 'b', 'm'].map((name) => incoming(name, name)));
    await bringIn(all[0], ['One.', 'Two.', 'Three.']);
    const first = await documents.list(TENANT, { collectionId: collection, limit: 2 });
    const rest = await documents.list(TENANT, { collectionId: collection, limit: 2, after: first[1].id });
    expect([...first, ...rest].map(({ externalId }) => externalId).sort()).toEqual(['b', 'm', 'x']);
    expect(
      await documents.list(TENANT, { collectionId: collection, externalId: 'm', limit: 2 }),
    ).toHaveLength(1);
    expect(await documents.list(OTHER_TENANT, { limit: 10 })).toEqual([]);
    const chunksAfter = await documents.chunks(TENANT, all[0].documentId, { after: 0, limit: 10 });
    expect(chunksAfter.map(({ content }) => content)).toEqual(['Two.', 'Three.']);
    expect(await documents.chunks(OTHER_TENANT, all[0].documentId, { limit: 10 })).toEqual([]);
  });

  it('deletes a collection only when it is empty', async () => {
    const name = `c-${newId()}`;
    const { id } = await collections.create(TENANT, name, {});
    const [document] = await accept(id, incoming('a', 'x'));
    expect(await collections.deleteEmpty(TENANT, id)).toBe(false);
    expect(await documents.idsOf(TENANT, id, 10)).toEqual([document.documentId]);
    await documents.delete(TENANT, [document.documentId], SPACES);
    expect(await collections.deleteEmpty(OTHER_TENANT, id)).toBe(false);
    expect(await collections.deleteEmpty(TENANT, id)).toBe(true);
    await expect(collections.find(TENANT, name)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
  });

  it('does not delete a collection, with a document that somebody has just brought into it', async () => {
    const id = await freshCollection();
    // The deletion, in a list so that the transaction does not wait for it.
    const [deleted] = await dataSource.transaction(async (manager) => {
      // What the intake does.
      await manager.query(`SELECT 1 FROM collection WHERE id = $1 FOR KEY SHARE`, [id]);
      await manager.query(
        `INSERT INTO document (id, tenant_id, collection_id, external_id, latest_version)
         VALUES ($1, $2, $3, 'a', 0)`,
        [newId(), TENANT, id],
      );
      const deletion = collections.deleteEmpty(TENANT, id);
      const isWaiting = async () => {
        const [{ waits }] = await dataSource.query<{ waits: boolean }[]>(
          `SELECT EXISTS (SELECT FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock') AS waits`,
        );
        return waits || undefined;
      };
      // Connections to the embedded database wait for the end of any transaction.
      if (!isEmbedded) await eventually(isWaiting, 'the deletion to wait');
      return [deletion];
    });
    expect(await deleted).toBe(false);
    expect(await documents.idsOf(TENANT, id, 10)).toHaveLength(1);
  });

  it('keeps the statistics of words equal to a recount, through changes and deletions', async () => {
    const collection = await freshCollection();
    const recount = () =>
      dataSource.query(
        `SELECT term.lexeme, count(*)::integer AS chunk_count
         FROM chunk c, unnest(c.search) AS term WHERE c.collection_id = $1
         GROUP BY term.lexeme ORDER BY term.lexeme COLLATE "C"`,
        [collection],
      );
    const kept = () =>
      dataSource.query(
        `SELECT lexeme, chunk_count FROM term_statistics WHERE collection_id = $1 ORDER BY lexeme COLLATE "C"`,
        [collection],
      );
    const lengths = async () =>
      (
        await dataSource.query(
          `SELECT c.chunk_count::integer AS chunks, c.search_length::integer AS length,
                  (SELECT count(*)::integer FROM chunk WHERE collection_id = c.id) AS real_chunks,
                  (SELECT coalesce(sum(cardinality(term.positions)), 0)::integer
                   FROM chunk, unnest(search) AS term WHERE collection_id = c.id) AS real_length
           FROM collection c WHERE c.id = $1`,
          [collection],
        )
      )[0] as { chunks: number; length: number; real_chunks: number; real_length: number };
    const languages = async () =>
      (await dataSource.query(`SELECT languages FROM collection WHERE id = $1`, [collection]))[0].languages;
    const expectTruth = async () => {
      expect(await kept()).toEqual(await recount());
      const { chunks: known, length, real_chunks, real_length } = await lengths();
      expect([known, length]).toEqual([real_chunks, real_length]);
    };

    const [a, b] = await accept(collection, incoming('a', '1'), incoming('b', '1'));
    await Promise.all([
      bringIn(a, ['The red fox jumps.', 'A red, red dog.'], ['Animals']),
      bringIn(b, ['A fox and a hen.', 'Rain falls.']),
    ]);
    await expectTruth();
    expect(await kept()).toContainEqual({ lexeme: 'fox', chunk_count: 2 });
    const [changed] = await accept(collection, incoming('a', '2'));
    await bringIn(changed, ['A red, red dog.', 'A blue bird.'], ['Animals']);
    await expectTruth();
    // Another title, and another language: the same chunks are found by other words.
    const [retitled] = await accept(collection, incoming('a', '3'));
    const sameChunks = stagedChunks(['A red, red dog.', 'A blue bird.'], ['Animals'], 'Zebra');
    await startChunking(refOf(retitled));
    await stage(refOf(retitled), { ...stagedText('x'), language: 'german' }, sameChunks);
    expect(await publish(refOf(retitled), SPACE, SPACES)).toMatchObject({
      chunks: { kept: 2, inserted: 0, removed: 0 },
    });
    await expectTruth();
    expect(await kept()).toContainEqual({ lexeme: 'zebra', chunk_count: 2 });
    expect(await languages()).toEqual(['english', 'german']);
    await documents.delete(TENANT, [b.documentId], SPACES);
    await expectTruth();
    expect(JSON.stringify(await kept())).not.toContain('rain');
    await documents.delete(TENANT, [a.documentId], SPACES);
    expect(await kept()).toEqual([]);
    await expectTruth();
  });
});

function randomVector(): string {
  return toPgVector(l2Normalise(Array.from({ length: DIMENSIONS }, () => Math.random() - 0.5)));
}
