import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock';
import { type BucketDraw, type BucketReply, inflowPerMs, type TokenBuckets } from '../token-buckets';

const MAX_BUCKETS = 10_000;

/** Buckets of this process alone. */
export class MemoryTokenBuckets implements TokenBuckets {
  private readonly buckets = new LRUCache<string, { level: number; atMs: number }>({ max: MAX_BUCKETS });

  constructor(private readonly clock: Clock) {}

  draw(draws: readonly BucketDraw[], maxWaitMs: number): Promise<BucketReply> {
    const nowMs = this.clock.nowMs();
    const before = draws.map((draw) => this.levelOf(draw, nowMs));
    const levels = draws.map(({ amount, capacity }, i) => before[i] - Math.min(amount, capacity));
    const waits = levels.map((level, i) => (level < 0 ? Math.ceil(-level / inflowPerMs(draws[i])) : 0));
    const waitMs = Math.max(0, ...waits);
    if (waitMs > maxWaitMs)
      return Promise.resolve({ drawn: false, waitMs, levels: before, limiting: waits.indexOf(waitMs) });
    draws.forEach(({ key }, i) => this.buckets.set(key, { level: levels[i], atMs: nowMs }));
    return Promise.resolve({ drawn: true, waitMs, levels });
  }

  giveBack(key: string, amount: number): Promise<void> {
    const bucket = this.buckets.get(key);
    if (bucket) bucket.level += amount;
    return Promise.resolve();
  }

  private levelOf(draw: BucketDraw, nowMs: number): number {
    const bucket = this.buckets.get(draw.key);
    if (!bucket) return draw.capacity;
    const inflow = Math.max(0, nowMs - bucket.atMs) * inflowPerMs(draw);
    return Math.min(draw.capacity, bucket.level + inflow);
  }
}
