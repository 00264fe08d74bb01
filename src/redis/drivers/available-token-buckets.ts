import { orWithoutCache } from '../redis-failure';
import type { BucketDraw, BucketReply, TokenBuckets } from '../token-buckets';

/** Those that all processes share, and while they cannot be asked those of this process. */
export class AvailableTokenBuckets implements TokenBuckets {
  constructor(
    private readonly shared: TokenBuckets,
    private readonly own: TokenBuckets,
    /** Called for each call that the shared ones did not serve. */
    private readonly onFallback: () => void = () => undefined,
  ) {}

  async draw(draws: readonly BucketDraw[], maxWaitMs: number): Promise<BucketReply> {
    const reply = await orWithoutCache(null, () => this.shared.draw(draws, maxWaitMs));
    if (reply !== null) return reply;
    this.onFallback();
    return this.own.draw(draws, maxWaitMs);
  }

  async giveBack(key: string, amount: number): Promise<void> {
    const given = await orWithoutCache(false, () => this.shared.giveBack(key, amount).then(() => true));
    if (!given) await this.own.giveBack(key, amount);
  }
}
