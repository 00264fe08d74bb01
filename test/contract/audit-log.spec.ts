import { DataSource } from 'typeorm';
import { ApiKey } from '../../src/auth/api-key.entity';
import { ApiKeyService } from '../../src/auth/api-key.service';
import { AuditLog } from '../../src/auth/audit-log';
import { AuditRetention } from '../../src/auth/audit-retention';
import { DEFAULT_TENANT_ID, type Principal } from '../../src/auth/principal';
import { RefusedLogins } from '../../src/auth/refused-logins';
import { Tenant } from '../../src/auth/tenant.entity';
import { TenantRemovals } from '../../src/auth/tenant-removals';
import { TenantService } from '../../src/auth/tenant.service';
import { newId } from '../../src/common/ids';
import { AppConfig } from '../../src/config/app-config';
import { dataSourceOptions } from '../../src/database/data-source';
import { runInRequest } from '../../src/observability/request-context';
import { MovableClock } from './caches/movable-clock';
import { type ContractDatabase, MIGRATED_DATABASES } from '../support/contract-database';

const OPERATOR: Principal = {
  tenantId: DEFAULT_TENANT_ID,
  apiKeyId: newId(),
  userId: null,
  scopes: ['admin'],
  principals: [],
  mayActAs: [],
  collections: null,
};

describe.each(MIGRATED_DATABASES)('The audit log on %s', (_name, open) => {
  jest.setTimeout(120_000);
  let database: ContractDatabase;
  let dataSource: DataSource;
  let log: AuditLog;
  let clock: MovableClock;
  let apiKeys: ApiKeyService;
  let tenants: TenantService;

  beforeAll(async () => {
    database = await open();
    dataSource = await new DataSource({
      ...dataSourceOptions(database.url, AppConfig.parse({})),
      entities: [ApiKey, Tenant],
    }).initialize();
  });
  afterAll(async () => {
    await dataSource?.destroy();
    await database?.close();
  });
  beforeEach(() => {
    clock = new MovableClock();
    log = new AuditLog(dataSource, clock);
    apiKeys = new ApiKeyService(dataSource, clock);
    tenants = new TenantService(dataSource, clock, new TenantRemovals());
  });

  const eventsOf = async (tenantId: string) => (await log.list(tenantId, { limit: 100 })).reverse();
  const asAdmin = <T>(work: () => Promise<T>) =>
    runInRequest({ requestId: 'r-1', cacheLayer: 'none', actor: 'api_key:a' }, work);
  const ageOf = (tenantId: string, days: number) =>
    dataSource.query(
      `INSERT INTO audit_event (id, tenant_id, at, actor, action)
       VALUES ($1, $2, now() - $3 * interval '1 day', 'anyone', 'cache.purge')`,
      [newId(), tenantId, days],
    );

  it('holds what became of keys, with who did it and by which request, and no secret', async () => {
    const { tenant } = await tenants.ensure(`t-${newId()}`);
    const first = await asAdmin(() =>
      apiKeys.create(tenant.id, { name: 'portal', scopes: ['query'], principals: [], mayActAs: ['canary'] }),
    );
    clock.advanceSeconds(1);
    const second = await asAdmin(() => apiKeys.rotate(tenant.id, first.row.id, { overlapSeconds: 60 }));
    clock.advanceSeconds(1);
    await apiKeys.revoke(tenant.id, second.row.id);
    await apiKeys.revoke(tenant.id, second.row.id);
    const events = await eventsOf(tenant.id);
    const by = { actor: 'api_key:a', requestId: 'r-1' };
    expect(events).toMatchObject([
      {
        ...by,
        action: 'api_key.create',
        target: `api_key:${first.row.id}`,
        details: { name: 'portal', scopes: 'query', may_act_as: 1, collections: 'all', expires_at: null },
      },
      {
        ...by,
        action: 'api_key.rotate',
        target: `api_key:${second.row.id}`,
        details: { replaces: first.row.id, overlapSeconds: 60 },
      },
      { actor: 'service', requestId: null, action: 'api_key.revoke', target: `api_key:${second.row.id}` },
    ]);
    const text = JSON.stringify(events);
    for (const secret of ['canary', first.key.split('_')[2], second.key.split('_')[2]])
      expect(text).not.toContain(secret);
  });

  it('holds nothing of a change that was undone', async () => {
    const { tenant } = await tenants.ensure(`t-${newId()}`);
    await expect(apiKeys.rotate(tenant.id, newId(), { overlapSeconds: 0 })).rejects.toThrow();
    await expect(apiKeys.revoke(tenant.id, newId())).rejects.toThrow();
    expect(await eventsOf(tenant.id)).toEqual([]);
  });

  it('holds what became of tenants in the operator’s, and outlives them', async () => {
    const name = `t-${newId()}`;
    const { tenant } = await tenants.ensure(name);
    await tenants.ensure(name);
    clock.advanceSeconds(1);
    await tenants.setBudget(OPERATOR, tenant.id, 5);
    await apiKeys.create(tenant.id, { name: 'x', scopes: ['query'], principals: [] });
    clock.advanceSeconds(1);
    await tenants.remove(OPERATOR, tenant.id);
    const concerned = (await eventsOf(DEFAULT_TENANT_ID)).filter(({ target }) => target === tenant.id);
    expect(concerned).toMatchObject([
      { action: 'tenant.create', details: { name } },
      { action: 'tenant.update', details: { monthly_budget_usd: 5 } },
      { action: 'tenant.remove', details: { name } },
    ]);
    expect(await eventsOf(tenant.id)).toMatchObject([{ action: 'api_key.create' }]);
  });

  it('is listed by pages and by action, of one tenant', async () => {
    const [mine, theirs] = [newId(), newId()];
    for (let i = 0; i < 5; i++) {
      await log.record({ tenantId: mine, action: i % 2 ? 'cache.purge' : 'document.delete', target: `${i}` });
      clock.advanceSeconds(1);
    }
    await log.record({ tenantId: theirs, action: 'cache.purge', target: 'x' });
    const first = await log.list(mine, { limit: 3 });
    expect(first.map(({ target }) => target)).toEqual(['4', '3', '2']);
    const rest = await log.list(mine, { limit: 3, before: first[2].id });
    expect(rest.map(({ target }) => target)).toEqual(['1', '0']);
    const purges = await log.list(mine, { limit: 9, action: 'cache.purge' });
    expect(purges.map(({ target }) => target)).toEqual(['3', '1']);
  });

  it('takes any text that a request holds, cut short', async () => {
    const tenantId = newId();
    await log.record({
      tenantId,
      action: 'cache.purge',
      target: `nul\0 half \ud800 ${'x'.repeat(10_000)}`,
      details: { text: '\0\ud800' },
    });
    const [event] = await eventsOf(tenantId);
    expect(event.target).toHaveLength(256);
    expect(event.details).toEqual({ text: '\ufffd\ufffd' });
  });

  it.each([
    ['changed', `UPDATE audit_event SET actor = 'nobody'`],
    ['deleted', `DELETE FROM audit_event`],
    ['emptied', `TRUNCATE audit_event`],
    ['deleted where triggers are skipped', `SET session_replication_role = replica; DELETE FROM audit_event`],
  ])('cannot be %s', async (_how, statement) => {
    const tenantId = newId();
    await log.record({ tenantId, action: 'cache.purge' });
    const runner = dataSource.createQueryRunner();
    try {
      await expect(runner.query(statement)).rejects.toThrow(/append-only/);
    } finally {
      await runner.query(`RESET session_replication_role`);
      await runner.release();
    }
    expect(await eventsOf(tenantId)).toHaveLength(1);
  });

  it('is forgotten after the days of the configuration', async () => {
    const tenantId = newId();
    for (const days of [400, 370, 360, 29, 0]) await ageOf(tenantId, days);
    await new AuditRetention(log, AppConfig.parse({})).run();
    expect(await eventsOf(tenantId)).toHaveLength(3);
    await new AuditRetention(log, AppConfig.parse({ AUDIT_RETENTION_DAYS: '30' })).run();
    expect(await eventsOf(tenantId)).toHaveLength(2);
    expect(() => AppConfig.parse({ AUDIT_RETENTION_DAYS: '29' })).toThrow(/AUDIT_RETENTION_DAYS/);
  });

  describe('of refused log-ins', () => {
    const refusedOf = async (tenantId: string, address: string) =>
      (await log.list(tenantId, { limit: 100, action: 'login.refused' })).filter(
        ({ details }) => details.address === address,
      );

    it('holds one record for those of one address and key, in the log of the key’s tenant', async () => {
      const { tenant } = await tenants.ensure(`t-${newId()}`);
      const { row } = await apiKeys.create(tenant.id, { name: 'x', scopes: ['query'], principals: [] });
      const refusals = new RefusedLogins(dataSource, clock);
      const [known, unknown] = [`known-${newId()}`, `unknown-${newId()}`];
      for (let i = 0; i < 1000; i++) {
        refusals.count('api_key', known, row.lookup);
        refusals.count('token', unknown, null);
      }
      await refusals.flush();
      expect(await refusedOf(tenant.id, known)).toMatchObject([
        { target: `api_key:${row.id}`, details: { credential: 'api_key', count: 1000 } },
      ]);
      expect(await refusedOf(DEFAULT_TENANT_ID, unknown)).toMatchObject([
        { target: null, details: { credential: 'token', count: 1000 } },
      ]);
      await refusals.flush();
      expect(await refusedOf(tenant.id, known)).toHaveLength(1);
    });

    it('holds a bounded number of records, however many addresses and keys they come by', async () => {
      const countOf = async () => {
        const events = await log.list(DEFAULT_TENANT_ID, { limit: 500, action: 'login.refused' });
        const total = events.reduce((sum, { details }) => sum + Number(details.count), 0);
        return { records: events.length, total };
      };
      const before = await countOf();
      const refusals = new RefusedLogins(dataSource, clock);
      for (let i = 0; i < 5000; i++)
        refusals.count('api_key', `10.0.${i >> 8}.${i & 255}`, newId().slice(0, 16));
      await refusals.onModuleDestroy();
      const after = await countOf();
      expect(after.records - before.records).toBe(11);
      expect(after.total - before.total).toBe(5000);
    });
  });
});
