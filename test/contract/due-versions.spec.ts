import { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { CollectionStore } from '../../src/corpus/collection-store';
import { CorpusDatabase } from '../../src/corpus/corpus-database';
import type { IncomingDocument } from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import { DueVersions, type VersionBatch } from '../../src/corpus/due-versions';
import { FailedVersions } from '../../src/corpus/failed-versions';
import { IngestJobStore } from '../../src/corpus/ingest-job-store';
import { VersionStore } from '../../src/corpus/version-store';
import { dataSourceOptions } from '../../src/database/data-source';
import { DatabaseReads } from '../../src/database/database-reads';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TENANTS = [newId(), newId()];
const NO_TABLES = () => Promise.resolve([]);
jest.setTimeout(120_000);

describe.each(MIGRATED_DATABASES)('what is due on %s', (_name, open) => {
  let dataSource: DataSource;
  let database: CorpusDatabase;
  let close: () => Promise<void>;
  let intake: DocumentIntake;
  let due: DueVersions;
  let versions: VersionStore;
  let jobs: IngestJobStore;
  let failed: FailedVersions;
  const collections: string[] = [];

  beforeAll(async () => {
    const backend = await open();
    dataSource = await new DataSource(dataSourceOptions(backend.url, AppConfig.parse({}))).initialize();
    close = async () => {
      await dataSource.destroy();
      await backend.close();
    };
    database = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    intake = new DocumentIntake(database, systemClock);
    due = new DueVersions(database);
    versions = new VersionStore(database);
    jobs = new IngestJobStore(database, systemClock);
    failed = new FailedVersions(database);
    for (const tenant of TENANTS) {
      await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, $2)`, [tenant, tenant]);
      collections.push((await new CollectionStore(database, systemClock).create(tenant, 'c', {})).id);
    }
  });
  afterAll(() => close());

  const incoming = (name: string, raw = Buffer.from(name)): IncomingDocument => ({
    externalId: name,
    raw,
    mimeType: 'text/plain',
    title: null,
    metadata: {},
    acl: null,
    lastModified: null,
  });
  const accept = (tenant: number, names: string[], batchSize: number | null = null) =>
    intake.accept(
      TENANTS[tenant],
      collections[tenant],
      names.map((name) => incoming(name)),
      batchSize,
    );
  const takeAll = async () => {
    const batches: VersionBatch[] = [];
    for (let batch = await due.takeBatch(); batch; batch = await due.takeBatch()) batches.push(batch);
    return batches;
  };
  const sizesOf = (batches: readonly VersionBatch[]) => batches.map(({ versions }) => versions.length);
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

  it('serves one tenant after the other, each in the order in which its documents came', async () => {
    await accept(0, names('first', 40));
    await accept(0, names('then', 3));
    await accept(1, names('other', 2));
    const batches = await takeAll();
    const served = batches.map(({ versions: [{ tenantId }] }) => TENANTS.indexOf(tenantId));
    // Whoever begins, the other one comes second.
    expect(served.slice(0, 2).sort()).toEqual([0, 1]);
    expect(sizesOf(batches.filter((_, i) => served[i] === 0))).toEqual([32, 11]);
    expect(new Set(batches.map(({ id }) => id)).size).toBe(3);
  });

  it('puts little content into one batch, and that of one collection', async () => {
    const other = await new CollectionStore(database, systemClock).create(TENANTS[0], 'other', {});
    const into = (collectionId: string, ...bytes: number[]) =>
      intake.accept(
        TENANTS[0],
        collectionId,
        bytes.map((size) => incoming(newId(), Buffer.alloc(size, 'x'))),
      );
    await into(collections[0], 200_000, 60_000, 60_000);
    expect(sizesOf(await takeAll())).toEqual([2, 1]);
    await into(collections[0], 10, 9_000_000);
    expect(sizesOf(await takeAll())).toEqual([1, 1]);
    await into(collections[0], 10, 10);
    await into(other.id, 10);
    expect(sizesOf(await takeAll())).toEqual([2, 1]);
  });

  it('gives what waits to one process only, and not to recovery', async () => {
    await due.takeIdle(0, 1000);
    await accept(0, names('once', 40));
    expect(await due.takeIdle(3_600_000, 1000)).toEqual([]);
    const taken = await Promise.all(Array.from({ length: 4 }, () => due.takeBatch()));
    const rest = await takeAll();
    const all = [...taken, ...rest].flatMap((batch) => batch?.versions ?? []);
    expect(new Set(all.map(({ documentId }) => documentId)).size).toBe(40);
    expect(all.length).toBe(40);
  });

  it('finds batches that were given away a while ago by the ids that they had', async () => {
    const { documents } = await accept(0, names('small', 3), 2);
    const { batchId } = documents[0];
    expect(documents.map((document) => document.batchId === batchId)).toEqual([true, true, false]);
    const idle = await due.takeIdle(0, 1000);
    expect(idle.find(({ id }) => id === batchId)).toMatchObject({
      step: 'chunk',
      versions: expect.arrayContaining(
        documents
          .slice(0, 2)
          .map(({ documentId, version }) => ({ tenantId: TENANTS[0], documentId, version })),
      ) as unknown,
    });
    expect(await due.takeIdle(3_600_000, 1000)).toEqual([]);
  });

  it('gives a batch of its own to what was isolated', async () => {
    await takeAll();
    const { documents } = await accept(0, names('suspect', 5), 5);
    const refs = documents.map(({ documentId, version }) => ({ tenantId: TENANTS[0], documentId, version }));
    await due.isolate(refs.slice(1, 3));
    await accept(0, names('beside', 2));
    const batches = await takeAll();
    expect(sizesOf(batches).sort()).toEqual([1, 1, 2]);
    const ids = batches.flatMap(({ id, versions }) => (versions.length === 1 ? [id] : []));
    expect(ids).not.toContain(documents[0].batchId);
  });

  it('counts what is still to be fetched as large, so that few of it go into one batch', async () => {
    const pages = Array.from({ length: 10 }, (_, i) => ({
      ...incoming(`to fetch ${i}`, Buffer.alloc(0)),
      url: `https://example.org/${i}`,
    }));
    await intake.accept(TENANTS[1], collections[1], pages);
    expect(sizesOf(await takeAll())).toEqual([8, 2]);
  });

  it('fetches what came from a URL anew when it is tried again, and keeps what was sent', async () => {
    const page = { ...incoming('page', Buffer.alloc(0)), url: 'https://example.org/page' };
    const { documents } = await intake.accept(TENANTS[0], collections[0], [page, incoming('sent')]);
    const refs = documents.map(({ documentId, version }) => ({ tenantId: TENANTS[0], documentId, version }));
    await versions.startChunking(refs);
    await dataSource.query(`UPDATE document_version SET raw = 'broken' WHERE document_id = $1`, [
      documents[0].documentId,
    ]);
    for (const ref of refs) await versions.fail(ref, { code: 'UNREADABLE_DOCUMENT', message: '' }, NO_TABLES);
    const documentIds = documents.map(({ documentId }) => documentId);
    expect(await failed.retry(TENANTS[0], { documentIds }, 10)).toBe(2);
    const started = await versions.startChunking(refs);
    expect(Object.fromEntries(started.map(({ externalId, raw }) => [externalId, raw?.toString()]))).toEqual({
      page: undefined,
      sent: 'sent',
    });
  });

  it('counts what a tenant has on its way, and what the workers were given', async () => {
    const before = await due.countUnfinished(TENANTS[1], 1000);
    const dispatched = await due.countDispatched(TENANTS[1], 1000);
    const waiting = await due.countWaiting(1000);
    await accept(1, names('waits', 5));
    await accept(1, names('dispatched', 3), 8);
    expect(await due.countUnfinished(TENANTS[1], 1000)).toBe(before + 8);
    expect(await due.countDispatched(TENANTS[1], 1000)).toBe(dispatched + 3);
    expect(await due.countWaiting(1000)).toBe(waiting + 5);
    expect(await due.countUnfinished(TENANTS[1], 4)).toBe(4);
  });

  it('lists failures, and queues them again', async () => {
    const { documents, jobId } = await accept(1, ['bad1', 'bad2']);
    for (const { documentId, version } of documents)
      await versions.fail(
        { tenantId: TENANTS[1], documentId, version },
        { code: 'EMPTY_DOCUMENT', message: 'm' },
        NO_TABLES,
      );
    expect(await failed.list(TENANTS[1], { code: 'INTERNAL' }, { limit: 10 })).toEqual([]);
    expect(await failed.list(TENANTS[0], {}, { limit: 10 })).toEqual([]);
    const listed = await failed.list(TENANTS[1], { collectionId: collections[1] }, { limit: 10 });
    expect(listed.map(({ externalId }) => externalId).sort()).toEqual(['bad1', 'bad2']);
    expect(await failed.retry(TENANTS[0], {}, 10)).toBe(0);
    expect(await failed.retry(TENANTS[1], { documentIds: [listed[0].documentId] }, 10)).toBe(1);
    expect(await failed.retry(TENANTS[1], {}, 10)).toBe(1);
    expect((await jobs.get(TENANTS[1], jobId, { limit: 10 })).counts).toMatchObject({ queued: 2, failed: 0 });
  });

  it('forgets jobs that are done and old, and no others', async () => {
    const { jobId, documents } = await accept(1, ['old']);
    const { jobId: busy } = await accept(1, ['busy']);
    const ref = { tenantId: TENANTS[1], documentId: documents[0].documentId, version: 1 };
    await versions.fail(ref, { code: 'EMPTY_DOCUMENT', message: 'm' }, NO_TABLES);
    await jobs.forget(3_600_000, 1000);
    expect((await jobs.get(TENANTS[1], jobId, { limit: 1 })).id).toBe(jobId);
    await jobs.forget(0, 1000);
    await expect(jobs.get(TENANTS[1], jobId, { limit: 1 })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect((await jobs.get(TENANTS[1], busy, { limit: 1 })).id).toBe(busy);
    expect(await versions.status(ref)).toBe('failed');
  });
});
