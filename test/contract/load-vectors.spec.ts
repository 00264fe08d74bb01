import { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { primaryOf } from '../../src/database/read-replicas';
import { loadVectors } from '../../src/retrieval/load-vectors';
import { MIGRATED_DATABASES } from '../support/contract-database';

const TENANT = newId();
jest.setTimeout(60_000);

describe.each(MIGRATED_DATABASES)('vectors of chunks on %s', (_name, open) => {
  let dataSource: DataSource;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const database = await open();
    const config = AppConfig.parse({});
    dataSource = await new DataSource(dataSourceOptions(database.url, config)).initialize();
    close = () => dataSource.destroy().then(() => database.close());
  });
  afterAll(() => close());

  it.each(['vector', 'halfvec'] as const)(
    'are read as they are stored (%s), of the tenant only',
    async (storage) => {
      const table = `some_${storage}`;
      const [first, second, foreign, missing] = [newId(), newId(), newId(), newId()];
      await dataSource.query(
        `CREATE TABLE ${table} (chunk_id uuid, tenant_id uuid, embedding ${storage}(3))`,
      );
      await dataSource.query(
        `INSERT INTO ${table} VALUES ($1, $4, '[0.5,-0.25,1]'), ($2, $4, '[0,1e-3,0]'), ($3, $5, '[1,1,1]')`,
        [first, second, foreign, TENANT, newId()],
      );
      const space = { table, storage, dimensions: 3 };
      const found = await loadVectors(primaryOf(dataSource), space, TENANT, [
        first,
        second,
        foreign,
        missing,
      ]);
      expect([...found.keys()].sort()).toEqual([first, second].sort());
      expect(found.get(first)).toEqual(Float32Array.of(0.5, -0.25, 1));
      expect(found.get(second)?.[1]).toBeCloseTo(0.001, 5);
      expect(await loadVectors(primaryOf(dataSource), space, TENANT, [])).toEqual(new Map());
    },
  );
});
