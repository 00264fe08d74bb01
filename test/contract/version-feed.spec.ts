import { DataSource } from 'typeorm';
import { systemClock } from '../../src/common/clock';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { CollectionStore } from '../../src/corpus/collection-store';
import { CorpusDatabase } from '../../src/corpus/corpus-database';
import type { IncomingDocument } from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import { FailedVersions } from '../../src/corpus/failed-versions';
import { IngestJobStore } from '../../src/corpus/ingest-job-store';
import { type FedVersion, UNFETCHED_BYTES, VersionFeed } from '../../src/corpus/version-feed';
import { VersionStore } from '../../src/corpus/version-store';
import { dataSourceOptions } from '../../src/database/data-source';
import { DatabaseReads } from '../../src/database/database-reads';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TENANTS = [newId(), newId()];
const NO_TABLES = () => Promise.resolve([]);
jest.setTimeout(120_000);

describe.each(MIGRATED_DATABASES)('feeding the workers on %s', (_name, open) => {
  let dataSource: DataSource;
  let close: () => Promise<void>;
  let intake: DocumentIntake;
  let feed: VersionFeed;
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
    const database = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    intake = new DocumentIntake(database, systemClock);
    feed = new VersionFeed(database);
    versions = new VersionStore(database);
    jobs = new IngestJobStore(database, systemClock);
    failed = new FailedVersions(database);
    for (const tenant of TENANTS) {
      await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, $2)`, [tenant, tenant]);
      collections.push((await new CollectionStore(database, systemClock).create(tenant, 'c', {})).id);
    }
  });
  afterAll(() => close());

  const incoming = (name: string): IncomingDocument => ({
    externalId: name,
    raw: Buffer.from(name),
    mimeType: 'text/plain',
    title: null,
    metadata: {},
    acl: null,
    lastModified: null,
  });
  const accept = (tenant: number, names: string[], waits: boolean) =>
    intake.accept(TENANTS[tenant], collections[tenant], names.map(incoming), { waits });
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

  it('serves tenants in turns, each in the order in which its documents came', async () => {
    await accept(0, names('first', 6), true);
    await accept(0, names('then', 3), true);
    await accept(1, names('other', 2), true);
    const turns: [number, number][] = [];
    for (let turn = await feed.takeWaiting(4); turn.length > 0; turn = await feed.takeWaiting(4))
      turns.push([TENANTS.indexOf(turn[0].tenantId), turn.length]);
    expect(turns.map(([, count]) => count).reduce((a, b) => a + b)).toBe(11);
    // Whoever begins, the other one comes second.
    expect(
      turns
        .slice(0, 2)
        .map(([tenant]) => tenant)
        .sort(),
    ).toEqual([0, 1]);
    expect(turns.filter(([tenant]) => tenant === 0).map(([, count]) => count)).toEqual([4, 4, 1]);
  });

  it('gives what waits to one process only, and not to the sweeper', async () => {
    await feed.takeIdle(0, 1000);
    await accept(0, names('once', 8), true);
    expect(await feed.takeIdle(3_600_000, 1000)).toEqual([]);
    const taken = (await Promise.all(Array.from({ length: 4 }, () => feed.takeWaiting(8)))).flat();
    expect(new Set(taken.map(({ documentId }) => documentId)).size).toBe(taken.length);
    expect(taken.length).toBe(8);
    expect(taken[0]).toMatchObject({ collectionId: collections[0], rawBytes: 5 });
  });

  it('counts what is still to be fetched as large, so that few of it go into one job', async () => {
    const page = { ...incoming('to fetch'), raw: Buffer.alloc(0), url: 'https://example.org/large' };
    await intake.accept(TENANTS[1], collections[1], [page], { waits: true });
    const taken: FedVersion[] = [];
    for (let turn = await feed.takeWaiting(64); turn.length > 0; turn = await feed.takeWaiting(64))
      taken.push(...turn);
    expect(taken.at(-1)).toMatchObject({ collectionId: collections[1], rawBytes: UNFETCHED_BYTES });
  });

  it('fetches what came from a URL anew when it is tried again, and keeps what was sent', async () => {
    const page = { ...incoming('page'), raw: Buffer.alloc(0), url: 'https://example.org/page' };
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

  it('counts what a tenant has under way, and what workers were asked for', async () => {
    const before = await feed.underWay(TENANTS[1], 1000);
    const asked = await feed.asked(TENANTS[1], 1000);
    await accept(1, names('waits', 5), true);
    await accept(1, names('asked', 3), false);
    expect(await feed.underWay(TENANTS[1], 1000)).toBe(before + 8);
    expect(await feed.asked(TENANTS[1], 1000)).toBe(asked + 3);
    expect(await feed.underWay(TENANTS[1], 4)).toBe(4);
  });

  it('counts tries that began and never ended', async () => {
    const { documents } = await accept(0, ['crash'], false);
    const ref = { tenantId: TENANTS[0], documentId: documents[0].documentId, version: 1 };
    const crashes = async () => (await versions.startChunking([ref]))[0].crashes;
    expect([await crashes(), await crashes()]).toEqual([0, 1]);
    await versions.endTry([ref]);
    await versions.endTry([ref]);
    await versions.endTry([ref]);
    expect(await crashes()).toBe(0);
  });

  it('lists failures, and queues them again', async () => {
    const { documents, jobId } = await accept(1, ['bad1', 'bad2'], false);
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
    const { jobId, documents } = await accept(1, ['old'], false);
    const { jobId: busy } = await accept(1, ['busy'], false);
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
