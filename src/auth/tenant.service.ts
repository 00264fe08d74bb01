import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock } from '../common/clock';
import { isUuid, newOrderedId } from '../common/ids';
import { isOperator, refuseAllButOperator } from './operator';
import { DEFAULT_TENANT_ID, type Principal } from './principal';
import { Tenant } from './tenant.entity';
import { TenantRemovals } from './tenant-removals';

/** Creates and removes tenants, for the operator: whoever holds an `admin` key of the default tenant. */
@Injectable()
export class TenantService {
  private readonly rows: Repository<Tenant>;

  constructor(
    dataSource: DataSource,
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

  /**
   * Makes a tenant, or finds the one of this name.
   * @returns `created: false` if it existed
   */
  async ensure(name: string): Promise<{ tenant: Tenant; created: boolean }> {
    const id = newOrderedId(this.clock.nowMs());
    // In one statement, so that two calls at once agree.
    const inserted = await this.rows
      .createQueryBuilder()
      .insert()
      .values({ id, name })
      .orIgnore()
      .returning('id')
      .execute();
    const tenant = await this.rows.findOneByOrFail({ name });
    return { tenant, created: (inserted.raw as unknown[]).length > 0 };
  }

  /** @throws AppError FORBIDDEN for anyone but the operator, CONFLICT if the name is taken */
  async create(principal: Principal, name: string): Promise<Tenant> {
    refuseAllButOperator(principal, 'administer tenants');
    const { tenant, created } = await this.ensure(name);
    if (!created) throw new AppError('CONFLICT', `A tenant named ${name} exists already.`);
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
    await this.rows.update({ id }, { monthlyBudgetUsd: tenant.monthlyBudgetUsd });
    return tenant;
  }

  /**
   * Removes a tenant and everything it owns, cached answers included. Its keys stop working within the time of a
   * revocation.
   * @throws AppError FORBIDDEN for anyone but the operator, TENANT_NOT_FOUND, CONFLICT for the default tenant,
   *   CACHE_UNAVAILABLE if what is cached of it cannot be removed: then nothing is
   */
  async remove(principal: Principal, id: string): Promise<void> {
    refuseAllButOperator(principal, 'administer tenants');
    if (id.toLowerCase() === DEFAULT_TENANT_ID)
      throw new AppError('CONFLICT', 'The default tenant cannot be removed: its keys administer the others.');
    const remove = async () => ((await this.rows.delete({ id })).affected ?? 0) > 0;
    if (!isUuid(id) || !(await this.removals.run(id.toLowerCase(), remove)))
      throw new AppError('TENANT_NOT_FOUND', `There is no tenant ${id}.`);
  }
}
