import { Metrics } from '../observability/metrics';
import { MemoryTokenBuckets } from '../redis/drivers/memory-token-buckets';
import type { BucketDraw } from '../redis/token-buckets';
import { RateLimit } from './rate-limit';

/** Buckets that are shared by the limits of several processes, and count how often they are asked. */
function shared() {
  const clock = { now: Date.UTC(2026, 0, 1), nowMs: () => clock.now };
  const buckets = new MemoryTokenBuckets(clock);
  const asked = { times: 0 };
  const counting = {
    draw: (draws: readonly BucketDraw[], maxWaitMs: number) => {
      asked.times++;
      return buckets.draw(draws, maxWaitMs);
    },
    giveBack: (key: string, amount: number) => buckets.giveBack(key, amount),
  };
  const limitOf = (perMinute: number) =>
    new RateLimit('test', perMinute, { buckets: counting, clock, metrics: new Metrics() });
  return { clock, asked, limitOf };
}

async function takeUntilRefused(limits: RateLimit[]): Promise<number> {
  for (let taken = 0; ; taken++) if ((await limits[taken % limits.length].take('k')).waitMs > 0) return taken;
}

describe('a rate limit', () => {
  it('gives exactly a minute’s worth at once, to one process', async () => {
    for (const perMinute of [1, 3, 100, 1000]) {
      const { limitOf } = shared();
      expect(await takeUntilRefused([limitOf(perMinute)])).toBe(perMinute);
    }
  });

  it('gives no more to several processes together', async () => {
    const { limitOf } = shared();
    const taken = await takeUntilRefused([limitOf(1000), limitOf(1000), limitOf(1000)]);
    expect(taken).toBeLessThanOrEqual(1000);
    expect(taken).toBeGreaterThan(960);
  });

  it('asks the shared bucket once for many requests, and not at all while it is known to be empty', async () => {
    const { asked, limitOf } = shared();
    const limit = limitOf(6000);
    await takeUntilRefused([limit]);
    expect(asked.times).toBeLessThan(105);
    const before = asked.times;
    for (let i = 0; i < 50; i++) expect((await limit.take('k')).waitMs).toBe(10);
    expect(asked.times).toBe(before);
  });

  it('says what is left, and when all of it will be there', async () => {
    const { clock, limitOf } = shared();
    const limit = limitOf(600);
    expect(await limit.take('k', 400)).toMatchObject({ remaining: 200, resetMs: 40_000, waitMs: 0 });
    expect(await limit.take('k', 400)).toMatchObject({ remaining: 200, waitMs: 20_000 });
    clock.now += 20_000;
    expect(await limit.take('k', 400)).toMatchObject({ remaining: 0, resetMs: 60_000, waitMs: 0 });
  });

  it('gives again after a refusal, also where the clock was set back', async () => {
    const { clock, limitOf } = shared();
    const limit = limitOf(60);
    await takeUntilRefused([limit]);
    clock.now += 1000;
    expect((await limit.take('k')).waitMs).toBe(0);
    expect((await limit.take('k')).waitMs).toBe(1000);
    clock.now -= 3_600_000;
    expect((await limit.take('k')).waitMs).toBeLessThanOrEqual(60_000);
  });

  it('keeps subjects apart', async () => {
    const { limitOf } = shared();
    const limit = limitOf(1);
    expect((await limit.take('a')).waitMs).toBe(0);
    expect((await limit.take('b')).waitMs).toBe(0);
    expect((await limit.take('a')).waitMs).toBe(60_000);
  });
});
