import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { tenantKey } from '../redis/redis-keys';
import { TOKEN_BUCKETS, type TokenBuckets } from '../redis/token-buckets';

/** As `rag_rate_limited_total{limit}` counts it. */
const LIMIT = 'tenant_requests';

/** Requests per minute of each tenant, to all processes together; a minute's worth may come at once. */
@Injectable()
export class TenantRateLimit {
  constructor(
    private readonly config: AppConfig,
    @Inject(TOKEN_BUCKETS) private readonly buckets: TokenBuckets,
    private readonly metrics: Metrics,
  ) {}

  /** Counts a request. @throws AppError `RATE_LIMITED` if the tenant has made as many as it may */
  async count(tenantId: string): Promise<void> {
    const capacity = this.config.tenantRequestsPerMinute;
    if (capacity === null) return;
    const draw = { key: tenantKey(tenantId, 'requests'), capacity, amount: 1 };
    const reply = await this.buckets.draw([draw], 0);
    if (reply.drawn) return;
    this.metrics.rateLimited.inc({ limit: LIMIT });
    throw new AppError(
      'RATE_LIMITED',
      `The tenant makes more than ${capacity} requests a minute; try later.`,
      {
        details: { limit: LIMIT, perMinute: capacity },
        retryAfterSeconds: reply.waitMs / 1000,
      },
    );
  }
}
