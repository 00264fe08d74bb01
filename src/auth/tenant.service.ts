import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { isUuid, newOrderedId } from '../common/ids';
import { inTransaction } from '../database/transaction';
import { type AuditAction, type AuditEntry, recordAudit } from './audit-log';
import { DEFAULT_TENANT_ID, isOperator, type Principal, refuseAllButOperator } from './principal';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';

/** Creates and removes tenants, for the operator: a caller with an `admin` key of the default tenant. */
@Injectable()
export class TenantService {
  private readonly rows: Repository<Tenant>;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly removals: TenantRemovals,
  ) {
    this.rows = dataSource.getRepository(Tenant);
  }

  /** All tenants for the operator, only its own for anyone else, by name. */
  list(principal: Principal): Promise<Tenant[]> {
    return this.rows.find({
      where: isOperator(principal) ? {} : { id: principal.tenantId },
      order: { name: 'ASC' },
    });
  }

  /** The id of the tenant of a name; null if there is none. */
  async idOf(name: string): Promise<string | null> {
    return (await this.rows.findOneBy({ name }))?.id ?? null;
  }

  /**
   * Creates a tenant, or finds the one of this name.
   * @returns `created: false` if it existed
   */
  async ensure(name: string): Promise<{ tenant: Tenant; created: boolean }> {
    const id = newOrderedId(this.clock.nowMs());
    const created = await inTransaction(this.dataSource, async (manager) => {
      // In one statement, so that concurrent calls agree.
      const inserted = await manager
        .createQueryBuilder()
        .insert()
        .into(Tenant)
        .values({ id, name })
        .orIgnore()
        .returning('id')
        .execute();
      const isNew = (inserted.raw as unknown[]).length > 0;
      if (isNew) await this.recordTenant(manager, 'tenant.create', id, { name });
      return isNew;
    });
    return { tenant: await this.rows.findOneByOrFail({ name }), created };
  }

  /** @throws AppError FORBIDDEN for anyone but the operator, CONFLICT if the name is taken */
  async create(principal: Principal, name: string): Promise<Tenant> {
    refuseAllButOperator(principal, 'administer tenants');
    const { tenant, created } = await this.ensure(name);
    if (!created) throw new AppError('CONFLICT', `A tenant named ${name} already exists.`);
    return tenant;
  }

  /**
   * Sets what a tenant may spend on language models in a calendar month (UTC), in US dollars; null: no limit.
   * @throws AppError FORBIDDEN for anyone but the operator, TENANT_NOT_FOUND
   */
  async setBudget(principal: Principal, id: string, monthlyBudgetUsd: number | null): Promise<Tenant> {
    refuseAllButOperator(principal, 'administer tenants');
    const tenant = isUuid(id) ? await this.rows.findOneBy({ id }) : null;
    if (!tenant) throw new AppError('TENANT_NOT_FOUND', `There is no tenant ${id}.`);
    tenant.monthlyBudgetUsd = monthlyBudgetUsd === null ? null : String(monthlyBudgetUsd);
    await inTransaction(this.dataSource, async (manager) => {
      await manager.update(Tenant, { id }, { monthlyBudgetUsd: tenant.monthlyBudgetUsd });
      await this.recordTenant(manager, 'tenant.update', id, { monthly_budget_usd: monthlyBudgetUsd });
    });
    return tenant;
  }

  /**
   * Removes a tenant and everything it owns, cached answers included. Its keys stop working within the time of a
   * revocation.
   * @throws AppError FORBIDDEN for anyone but the operator, TENANT_NOT_FOUND, CONFLICT for the default tenant,
   *   CACHE_UNAVAILABLE if its cached data cannot be removed: then nothing is
   */
  async remove(principal: Principal, id: string): Promise<void> {
    refuseAllButOperator(principal, 'administer tenants');
    if (id.toLowerCase() === DEFAULT_TENANT_ID)
      throw new AppError('CONFLICT', 'The default tenant cannot be removed: its keys administer the others.');
    const tenant = isUuid(id) ? await this.rows.findOneBy({ id }) : null;
    const remove = () =>
      inTransaction(this.dataSource, async (manager) => {
        const { affected } = await manager.delete(Tenant, { id });
        if (affected) await this.recordTenant(manager, 'tenant.remove', id, { name: tenant?.name ?? null });
        return Boolean(affected);
      });
    if (tenant === null || !(await this.removals.run(id.toLowerCase(), remove)))
      throw new AppError('TENANT_NOT_FOUND', `There is no tenant ${id}.`);
  }

  /** In the operator's log, and in the transaction of the change. */
  private recordTenant(
    manager: EntityManager,
    action: AuditAction,
    id: string,
    details: AuditEntry['details'],
  ): Promise<void> {
    const entry = { tenantId: DEFAULT_TENANT_ID, action, target: id, details };
    return recordAudit(
      (statement, parameters) => manager.query(statement, parameters),
      this.clock.nowMs(),
      entry,
    );
  }
}
