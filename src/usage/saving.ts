/** What answers from the cache saved a tenant on one day. */
export interface Saving {
  tenantId: string;
  /** UTC. */
  day: string;
  /** That wrote the answers first. */
  model: string;
  answers: number;
  tokens: number;
  usd: number;
}
