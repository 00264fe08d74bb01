import { isIPv6 } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { AppError } from '../common/app-error';
import { CLOCK, type Clock, isYounger } from '../common/clock';
import { sha256Hex } from '../common/hash';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { loginLimitKey } from '../redis/redis-keys';
import { TOKEN_BUCKETS, type TokenBuckets } from '../redis/token-buckets';
import { RateLimit, rateLimited } from './rate-limit';

const MAX_REMEMBERED = 10_000;
/** How long a wrong key is refused without asking the database. */
const WRONG_KEY_TTL_MS = 30_000;
const IPV6_NETWORK_BITS = 64;

/**
 * Limits the cost of wrong keys: the database is asked about each once in {@link WRONG_KEY_TTL_MS}, and not at all for an
 * address that has sent too many. Keys that were valid in this process before are always verified, as their address may be
 * that of a proxy. Keys are stored as SHA-256.
 */
@Injectable()
export class FailedLogins {
  private readonly limit: RateLimit | null;
  private readonly right = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  /** When they were found wrong. */
  private readonly wrong = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  /** Until when addresses are refused. */
  private readonly refused = new LRUCache<string, { untilMs: number; error: AppError }>({
    max: MAX_REMEMBERED,
  });

  constructor(
    { limits }: AppConfig,
    @Inject(TOKEN_BUCKETS) buckets: TokenBuckets,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { failedLoginsPerMinute: perMinute } = limits;
    this.limit =
      perMinute === null ? null : new RateLimit('failed_logins', perMinute, { buckets, metrics, clock });
  }

  /**
   * Verifies a key, unless it is known to be wrong.
   * @param address of the caller
   * @returns what `verify` says; null for a wrong key
   * @throws AppError `RATE_LIMITED` after too many wrong keys from the address; what `verify` throws
   */
  async guard<T>(address: string, key: string, verify: () => Promise<T | null>): Promise<T | null> {
    const digest = sha256Hex(key);
    const network = networkOf(address);
    if (!this.right.has(digest)) this.refuse(network);
    const wrongSinceMs = this.wrong.get(digest);
    const isKnownWrong =
      wrongSinceMs !== undefined && isYounger(wrongSinceMs, this.clock.nowMs(), WRONG_KEY_TTL_MS);
    const result = isKnownWrong ? null : await verify();
    if (result !== null) {
      this.right.set(digest, true);
      return result;
    }
    if (!isKnownWrong) this.wrong.set(digest, this.clock.nowMs());
    this.right.delete(digest);
    await this.countFor(network);
    return null;
  }

  /**
   * Counts a failed attempt that needed no database.
   * @param address of the caller
   * @throws AppError `RATE_LIMITED` after too many from the address
   */
  count(address: string): Promise<void> {
    return this.countFor(networkOf(address));
  }

  private refuse(network: string): void {
    const refusal = this.refused.get(network);
    const remainingMs = refusal ? refusal.untilMs - this.clock.nowMs() : 0;
    if (refusal && remainingMs > 0) throw refusal.error;
  }

  private async countFor(network: string): Promise<void> {
    const state = await this.limit?.take(loginLimitKey(sha256Hex(network).slice(0, 16)));
    if (!state || state.waitMs === 0) return;
    const error = rateLimited(state, 'This address sends', 'wrong API keys or tokens');
    this.refused.set(network, { untilMs: this.clock.nowMs() + state.waitMs, error });
    throw error;
  }
}

/** An IPv4 address; for IPv6 the /64 network, since one host can use all of its addresses. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${IPV6_NETWORK_BITS}`).toString();
}
