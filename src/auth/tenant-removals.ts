import { Injectable, Logger } from '@nestjs/common';
import { describeError } from '../common/error-description';

/** Removes data of a tenant outside of the database. @throws if some of it may remain */
type ForgetTenant = (tenantId: string) => Promise<void>;

/** The steps of removing a tenant; every module that keeps data of tenants outside of the database registers one. */
@Injectable()
export class TenantRemovals {
  private readonly logger = new Logger(TenantRemovals.name);
  private readonly steps: ForgetTenant[] = [];

  onRemoval(forget: ForgetTenant): void {
    this.steps.push(forget);
  }

  /**
   * Removes a tenant: its data outside of the database, then the tenant itself, then what concurrent requests have left
   * meanwhile. If the first step fails, nothing else is done, so that it can be tried again.
   * @param remove @returns whether there was such a tenant
   */
  async run(tenantId: string, remove: () => Promise<boolean>): Promise<boolean> {
    await this.forget(tenantId);
    if (!(await remove())) return false;
    await this.forget(tenantId).catch((error: unknown) =>
      this.logger.warn(`what was cached for the tenant during its removal expires: ${describeError(error)}`),
    );
    return true;
  }

  private async forget(tenantId: string): Promise<void> {
    for (const forget of this.steps) await forget(tenantId);
  }
}
