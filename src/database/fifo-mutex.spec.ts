import { FifoMutex } from './fifo-mutex';

describe('FifoMutex', () => {
  it('is acquired in the order in which it was asked for', async () => {
    const mutex = new FifoMutex<string>();
    const order: string[] = [];
    await mutex.acquire('a');
    const waiting = ['b', 'c'].map((who) => mutex.acquire(who).then(() => order.push(who)));
    await mutex.acquire('a');
    expect(order).toEqual([]);
    mutex.release('a');
    await waiting[0];
    expect(order).toEqual(['b']);
    mutex.release('c');
    mutex.release('b');
    await waiting[1];
    expect(order).toEqual(['b', 'c']);
  });
});
