import { DataSource } from 'typeorm';
import { ApiKey } from '../../src/auth/api-key.entity';
import { ApiKeyService } from '../../src/auth/api-key.service';
import { Tenant } from '../../src/auth/tenant.entity';
import { systemClock } from '../../src/common/clock';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { CollectionStore } from '../../src/corpus/collection-store';
import { CorpusDatabase } from '../../src/corpus/corpus-database';
import type { VectorTable } from '../../src/corpus/document';
import { DocumentIntake } from '../../src/corpus/document-intake';
import { PrincipalStore } from '../../src/corpus/principal-store';
import { VersionPublisher } from '../../src/corpus/version-publisher';
import { dataSourceOptions } from '../../src/database/data-source';
import { DatabaseReads } from '../../src/database/database-reads';
import { type ContractDatabase, realDatabase } from '../support/contract-database';
import { eventually } from '../support/evergreen';
import { tableMaintenance } from '../support/published-corpus';

const TENANT = newId();
const VECTORS: VectorTable = { table: 'vectors_of_this_test', storage: 'vector' };
jest.setTimeout(120_000);

/** On a real server: the embedded database does one transaction after the other. */
describe('a principal that is erased while others change what names it', () => {
  let backend: ContractDatabase;
  let dataSource: DataSource;
  let database: CorpusDatabase;
  let principals: PrincipalStore;
  let apiKeys: ApiKeyService;

  beforeAll(async () => {
    backend = await realDatabase();
    const options = dataSourceOptions(backend.url, AppConfig.parse({}));
    dataSource = await new DataSource({ ...options, entities: [ApiKey, Tenant] }).initialize();
    database = new CorpusDatabase(dataSource, new DatabaseReads(AppConfig.parse({}), systemClock));
    principals = new PrincipalStore(database);
    apiKeys = new ApiKeyService(dataSource, systemClock);
    await dataSource.query(`INSERT INTO tenant (id, name) VALUES ($1, 'erasing')`, [TENANT]);
    await dataSource.query(`CREATE TABLE ${VECTORS.table} (chunk_id uuid)`);
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await backend?.close();
  });

  const waiting = async () => {
    const [{ count }] = await dataSource.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return count;
  };
  /** Until so many connections wait for others. */
  const untilWaiting = (connections: number) =>
    eventually(async () => ((await waiting()) >= connections ? true : undefined), 'a lock to be waited for');

  it('is not in the ACL of a version that is published at that moment', async () => {
    const collection = await new CollectionStore(database, systemClock).create(TENANT, 'c', {});
    const { documents } = await new DocumentIntake(database, systemClock).accept(TENANT, collection.id, [
      {
        externalId: 'a',
        raw: Buffer.from('a'),
        mimeType: 'text/plain',
        title: null,
        metadata: {},
        acl: ['user:alice', 'group:hr'],
        lastModified: null,
      },
    ]);
    await dataSource.query(
      `UPDATE document_version SET status = 'embedding', chunks_total = 0 WHERE tenant_id = $1`,
      [TENANT],
    );
    let erasure = Promise.resolve<unknown>(null);
    // Within the transaction of the publication, once it holds its locks.
    const eraseNow = async () => {
      erasure = principals.remove(TENANT, 'user:alice');
      return untilWaiting(1);
    };
    const [{ documentId, version }] = documents;
    const publisher = new VersionPublisher(database, tableMaintenance(dataSource));
    const published = await publisher.publish(
      [{ tenantId: TENANT, documentId, version }],
      VECTORS,
      () => Promise.resolve([]),
      eraseNow,
    );
    expect(published).toEqual([expect.objectContaining({ outcome: 'published' })]);
    expect(await erasure).toMatchObject({ documents: 1 });
    expect(await dataSource.query(`SELECT acl FROM document WHERE id = $1`, [documentId])).toEqual([
      { acl: ['group:hr'] },
    ]);
  });

  it('is not in a key that another is rotated to at that moment', async () => {
    const { row } = await apiKeys.create(TENANT, {
      name: 'client',
      scopes: ['query'],
      principals: ['user:alice', 'group:hr'],
      mayActAs: ['alice', 'bob'],
    });
    const blocker = dataSource.createQueryRunner();
    await blocker.startTransaction();
    // Has the rotation wait for its record in the log, when it has made the key already.
    await blocker.query('LOCK TABLE audit_event IN SHARE MODE');
    const rotation = apiKeys.rotate(TENANT, row.id, { overlapSeconds: 60 });
    await untilWaiting(1);
    const erasure = principals.remove(TENANT, 'user:alice');
    await untilWaiting(2);
    await blocker.commitTransaction();
    await blocker.release();
    await Promise.all([rotation, erasure]);
    for (const { principals: named, mayActAs } of await apiKeys.list(TENANT))
      expect([named, mayActAs]).toEqual([['group:hr'], ['bob']]);
    await apiKeys.onModuleDestroy();
  });
});
