import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { tenantKey } from '../redis/redis-keys';
import { TOKEN_BUCKETS, type TokenBuckets } from '../redis/token-buckets';
import { limitSubjectOf, type Principal } from './principal';
import { RateLimit, rateLimited, type RateLimitState } from './rate-limit';

/** What tenants, API keys and users with access tokens may ask of all processes together. Nobody is limited where authentication is disabled. */
@Injectable()
export class RateLimits {
  private readonly tenantRequests: RateLimit | null;
  private readonly keyRequests: RateLimit | null;
  private readonly keyTexts: RateLimit | null;

  constructor(
    { limits }: AppConfig,
    @Inject(TOKEN_BUCKETS) buckets: TokenBuckets,
    metrics: Metrics,
    @Inject(CLOCK) clock: Clock,
  ) {
    const limitOf = (name: string, perMinute: number | null) =>
      perMinute === null ? null : new RateLimit(name, perMinute, { buckets, metrics, clock });
    this.tenantRequests = limitOf('tenant_requests', limits.tenantRequestsPerMinute);
    this.keyRequests = limitOf('key_requests', limits.keyRequestsPerMinute);
    this.keyTexts = limitOf('key_embedded_texts', limits.keyEmbeddedTextsPerMinute);
  }

  /**
   * Counts a request, and says in its headers what is left.
   * @throws AppError `RATE_LIMITED` if tenant or caller have made as many as they may
   */
  async countRequest(principal: Principal, reply: FastifyReply): Promise<void> {
    const { tenantId } = principal;
    const caller = limitSubjectOf(principal);
    const states: RateLimitState[] = [];
    const count = async (limit: RateLimit | null, subject: string, whose: string) => {
      const state = await limit?.take(tenantKey(tenantId, subject, 'requests'));
      if (!state) return;
      states.push(state);
      addHeaders(reply, states);
      if (state.waitMs > 0) throw rateLimited(state, `${whose} makes`, 'requests');
    };
    if (caller !== null) await count(this.keyRequests, caller, 'The caller');
    await count(this.tenantRequests, 'all', 'The tenant');
  }

  /** Counts texts that an embedding model is about to read. @throws AppError `RATE_LIMITED` */
  async countTexts(principal: Principal, texts: number): Promise<void> {
    const caller = limitSubjectOf(principal);
    if (caller === null || this.keyTexts === null) return;
    const state = await this.keyTexts.take(tenantKey(principal.tenantId, caller, 'texts'), texts);
    if (state.waitMs > 0) throw rateLimited(state, 'The caller has', 'texts embedded');
  }
}

/**
 * As OpenAI's clients read them, of the limit of which least is left; and of all of them as the IETF has it.
 * @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
function addHeaders(reply: FastifyReply, states: readonly RateLimitState[]): void {
  const least = states.reduce((least, state) => (state.remaining < least.remaining ? state : least));
  const secondsOf = ({ resetMs }: RateLimitState) => Math.ceil(resetMs / 1000);
  void reply.headers({
    'x-ratelimit-limit-requests': String(least.perMinute),
    'x-ratelimit-remaining-requests': String(least.remaining),
    'x-ratelimit-reset-requests': durationOf(secondsOf(least)),
    'ratelimit-policy': states.map(({ limit, perMinute }) => `"${limit}";q=${perMinute};w=60`).join(', '),
    ratelimit: states
      .map((state) => `"${state.limit}";r=${state.remaining};t=${secondsOf(state)}`)
      .join(', '),
  });
}

/** `1m0s`, `12s`. */
function durationOf(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
