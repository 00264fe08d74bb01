import { randomUUID } from 'node:crypto';
import { tenantKey } from '../../src/redis/redis-keys';
import type { SharedValues } from '../../src/redis/shared-values';

/** What every driver of {@link SharedValues} must do. `pass` lets milliseconds pass. */
export function describeSharedValues(
  name: string,
  open: () => Promise<{ values: SharedValues; pass: (ms: number) => Promise<void> }>,
): void {
  describe(`${name} shared values`, () => {
    let values: SharedValues;
    let pass: (ms: number) => Promise<void>;
    let key: string;

    beforeEach(async () => {
      ({ values, pass } = await open());
      key = tenantKey(randomUUID(), 'test');
    });

    it('gives what was set last, in the order asked for', async () => {
      await values.set(key, 'a', 10_000);
      await values.set(key, '', 10_000);
      await values.set(`${key}:2`, 'é "quoted"', 10_000);
      expect(await values.get([`${key}:2`, `${key}:3`, key])).toEqual(['é "quoted"', null, '']);
    });

    it('lets one claim a key', async () => {
      const claims = await Promise.all(['a', 'b', 'c'].map((name) => values.claim(key, name, 10_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await values.get([key])).toEqual([['a', 'b', 'c'][claims.indexOf(true)]]);
    });

    it('lets it be claimed again once it is released, by its owner only', async () => {
      await values.claim(key, 'a', 10_000);
      expect(await values.release(key, 'b')).toBe(false);
      expect(await values.claim(key, 'b', 10_000)).toBe(false);
      expect(await values.release(key, 'a')).toBe(true);
      expect(await values.release(key, 'a')).toBe(false);
      expect(await values.claim(key, 'b', 10_000)).toBe(true);
    });

    it('forgets a value after its time, unless its owner extends it', async () => {
      await values.claim(key, 'a', 200);
      await values.set(`${key}:2`, 'short', 200);
      expect(await values.extend(key, 'a', 5_000)).toBe(true);
      expect(await values.extend(key, 'b', 1)).toBe(false);
      await pass(250);
      expect(await values.get([key, `${key}:2`])).toEqual(['a', null]);
      expect(await values.extend(`${key}:2`, 'short', 5_000)).toBe(false);
      expect(await values.claim(`${key}:2`, 'b', 200)).toBe(true);
    });

    it('keeps a list in order, of so many, for its time', async () => {
      expect(await values.enter(key, 'a', 200, 3)).toEqual([]);
      expect(await values.enter(key, 'b', 200, 3)).toEqual(['a']);
      expect(await values.enter(key, 'c', 200, 3)).toEqual(['a', 'b']);
      expect(await values.enter(key, 'd', 200, 3)).toEqual(['b', 'c']);
      await values.leave(key, 'c');
      await values.leave(key, 'z');
      expect(await values.enter(key, 'e', 200, 3)).toEqual(['b', 'd']);
      await pass(250);
      await values.leave(key, 'e');
      expect(await values.enter(key, 'f', 200, 3)).toEqual([]);
    });

    it('keeps logs of bytes in order, for their time', async () => {
      const [a, b, any] = [[0], [], [0, 127, 128, 255, 10]].map((bytes) => Buffer.from(bytes));
      const other = `${key}:2`;
      expect(await values.readLogs([key])).toEqual([[]]);
      await values.append(
        [
          { key, bytes: a },
          { key: other, bytes: b },
          { key, bytes: any },
        ],
        200,
      );
      await values.append([{ key, bytes: a }], 10_000);
      expect(await values.readLogs([other, `${key}:3`, key])).toEqual([[b], [], [a, any, a]]);
      await pass(250);
      expect(await values.readLogs([key])).toEqual([[]]);
      await values.append([{ key, bytes: any }], 10_000);
      expect(await values.readLogs([key])).toEqual([[any]]);
    });
  });
}
