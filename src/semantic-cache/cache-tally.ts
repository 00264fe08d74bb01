/** What the semantic cache was good for since this process started. */
export interface TallyCounts {
  hits: { exact: number; semantic: number };
  misses: number;
  savedTokens: number;
  savedUsd: number;
}

/** Counts hits and misses of each tenant in this process: the metrics are of all tenants and of no use to one. */
export class CacheTally {
  private readonly tenants = new Map<string, TallyCounts>();

  hit(tenantId: string, layer: 'exact' | 'semantic', saved: { tokens: number; usd: number }): void {
    const counts = this.of(tenantId);
    counts.hits[layer]++;
    counts.savedTokens += saved.tokens;
    counts.savedUsd += saved.usd;
  }

  miss(tenantId: string): void {
    this.of(tenantId).misses++;
  }

  /** @returns a copy */
  read(tenantId: string): TallyCounts {
    return structuredClone(this.tenants.get(tenantId) ?? NOTHING);
  }

  private of(tenantId: string): TallyCounts {
    let counts = this.tenants.get(tenantId);
    if (!counts) this.tenants.set(tenantId, (counts = structuredClone(NOTHING)));
    return counts;
  }
}

const NOTHING: TallyCounts = { hits: { exact: 0, semantic: 0 }, misses: 0, savedTokens: 0, savedUsd: 0 };
