import { endsWithin, every, within } from './timers';

describe('every', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('does its work again and again, never twice at a time, until it is stopped', async () => {
    const ends: (() => void)[] = [];
    const repetition = every(100, () => new Promise<void>((resolve) => ends.push(resolve)));
    await jest.advanceTimersByTimeAsync(350);
    expect(ends).toHaveLength(1);
    ends[0]();
    await jest.advanceTimersByTimeAsync(100);
    expect(ends).toHaveLength(2);
    let isStopped = false;
    const stopped = repetition.stop().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(500);
    expect([ends.length, isStopped]).toEqual([2, false]);
    ends[1]();
    expect(await stopped).toBe(true);
  });
});

describe('within', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('gives what comes in time, and leaves no timer behind', async () => {
    expect(await within(100, Promise.resolve(7))).toBe(7);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('fails when it is late', async () => {
    const late = expect(within(100, new Promise(() => undefined))).rejects.toThrow('no answer within 100 ms');
    await jest.advanceTimersByTimeAsync(100);
    await late;
  });
});

describe('endsWithin', () => {
  it('says whether a promise is fulfilled in time, and passes its failure on', async () => {
    expect(await endsWithin(1000, Promise.resolve('done'))).toBe(true);
    expect(await endsWithin(1, new Promise(() => undefined))).toBe(false);
    await expect(endsWithin(1000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });
});
