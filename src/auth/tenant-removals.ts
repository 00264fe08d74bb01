import { Injectable, Logger } from '@nestjs/common';
import { describeError } from '../common/error-description';

/** Forgets what is kept of a tenant outside of the database. @throws if some of it may remain */
type ForgetTenant = (tenantId: string) => Promise<void>;

/** What has to be done elsewhere when a tenant is removed; each module that keeps something of tenants says so. */
@Injectable()
export class TenantRemovals {
  private readonly logger = new Logger(TenantRemovals.name);
  private readonly steps: ForgetTenant[] = [];

  onRemoval(forget: ForgetTenant): void {
    this.steps.push(forget);
  }

  /**
   * Removes a tenant: what is kept of it elsewhere, then the tenant itself, then what requests that were under way have
   * left meanwhile. If the first fails, nothing else is done, so that it can be tried again.
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
