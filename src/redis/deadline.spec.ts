import { withDeadline } from './deadline';

const late = () => new Error('late');

describe('withDeadline', () => {
  afterEach(() => jest.useRealTimers());

  it('settles like the promise', async () => {
    const failure = new Error('failed');
    await expect(withDeadline(Promise.resolve(1), 1_000, late)).resolves.toBe(1);
    await expect(withDeadline(Promise.reject(failure), 1_000, late)).rejects.toBe(failure);
  });

  it('rejects when the time is over, and not before', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    let outcome = 'waiting';
    withDeadline(new Promise(() => undefined), 48, late).catch((error: Error) => (outcome = error.message));
    await jest.advanceTimersByTimeAsync(47);
    expect(outcome).toBe('waiting');
    await jest.advanceTimersByTimeAsync(1);
    await new Promise(setImmediate);
    expect(outcome).toBe('late');
  });

  it('leaves no timer behind', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    await withDeadline(Promise.resolve(1), 50, late);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not count the time in which this process was busy', async () => {
    const answer = new Promise((resolve) => setImmediate(() => setImmediate(() => resolve('read'))));
    const result = withDeadline(answer, 4, late);
    const end = performance.now() + 30;
    while (performance.now() < end);
    await expect(result).resolves.toBe('read');
  });
});
