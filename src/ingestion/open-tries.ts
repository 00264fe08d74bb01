import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import type { VersionRef } from '../corpus/document';
import { VersionStore } from '../corpus/version-store';

/**
 * Steps that ended without success in this process and may still be counted as begun in the database: it was away when
 * they ended. Left so, they would look like crashes.
 */
@Injectable()
export class OpenTries {
  private open: VersionRef[] = [];

  constructor(private readonly versions: VersionStore) {}

  /** Notes that steps have ended, in the database if it answers. */
  async end(refs: readonly VersionRef[]): Promise<void> {
    this.open.push(...refs);
    await this.settle();
  }

  /** Tries to tell the database what it has not been told. */
  async settle(): Promise<void> {
    const open = this.open;
    this.open = [];
    for (const [i, refs] of byTenant(open).entries())
      try {
        await this.versions.endTry(refs);
      } catch (error) {
        if (!(error instanceof AppError && error.retryable)) throw error;
        this.open.push(...byTenant(open).slice(i).flat());
        return;
      }
  }
}

function byTenant(refs: readonly VersionRef[]): VersionRef[][] {
  const tenants = new Map<string, VersionRef[]>();
  for (const ref of refs) tenants.set(ref.tenantId, [...(tenants.get(ref.tenantId) ?? []), ref]);
  return [...tenants.values()];
}
