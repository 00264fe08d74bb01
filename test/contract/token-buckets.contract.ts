import type { TokenBuckets } from '../../src/redis/token-buckets';

/** What a driver gives to be tested: buckets, and the passing of time as they see it. */
export interface BucketsUnderTest {
  buckets: TokenBuckets;
  pass: (ms: number) => Promise<unknown>;
}

/** What every driver of {@link TokenBuckets} promises. */
export function describeTokenBuckets(name: string, open: () => BucketsUnderTest): void {
  describe(`token buckets in ${name}`, () => {
    let tested: BucketsUnderTest;
    let key: string;
    beforeEach(() => {
      tested = open();
      key = `{test-buckets:${Math.random()}}:requests`;
    });

    /** 600 per minute: one each 100 ms. */
    const draw = (amount: number, maxWaitMs = 0) =>
      tested.buckets.draw([{ key, capacity: 600, amount }], maxWaitMs);

    it('give at once what is there', async () => {
      expect(await draw(400)).toEqual({ drawn: true, waitMs: 0, levels: [200] });
      expect(await draw(200)).toMatchObject({ drawn: true, waitMs: 0 });
    });

    it('take nothing where the wait would be too long, and say how long it would be', async () => {
      await draw(600);
      const refused = await draw(10, 500);
      expect(refused).toMatchObject({ drawn: false, limiting: 0, levels: [expect.any(Number)] });
      expect(refused.waitMs).toBeGreaterThan(800);
      expect(refused.waitMs).toBeLessThanOrEqual(1000);
    });

    it('let those who wait queue up', async () => {
      await draw(600);
      const [first, second] = [await draw(10, 5000), await draw(10, 5000)];
      expect([first.drawn, second.drawn]).toEqual([true, true]);
      expect(second.waitMs - first.waitMs).toBeGreaterThan(800);
    });

    it('fill again', async () => {
      await draw(600);
      await tested.pass(300);
      expect(await draw(2)).toMatchObject({ drawn: true, waitMs: 0 });
    });

    it('take back what was not used', async () => {
      await draw(600);
      await tested.buckets.giveBack(key, 100);
      expect(await draw(90)).toMatchObject({ drawn: true, waitMs: 0 });
      await tested.buckets.giveBack(`${key}:unknown`, 100);
    });

    it('give at most what a bucket holds to who asks for more', async () => {
      expect(await draw(10_000)).toMatchObject({ drawn: true, waitMs: 0 });
      expect(await draw(1)).toMatchObject({ drawn: false });
    });

    it('draw from all buckets or from none', async () => {
      const tokens = { key: key.replace('requests', 'tokens'), capacity: 1000, amount: 1000 };
      const requests = { key, capacity: 600, amount: 1 };
      expect(await tested.buckets.draw([requests, tokens], 0)).toMatchObject({ drawn: true });
      expect(await tested.buckets.draw([requests, tokens], 0)).toMatchObject({ drawn: false, limiting: 1 });
      expect(await draw(599)).toMatchObject({ drawn: true });
    });
  });
}
