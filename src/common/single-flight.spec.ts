import { SingleFlight } from './single-flight';

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

describe('SingleFlight', () => {
  it('makes a value once for all who ask for it together, and tells who made it', async () => {
    const flights = new SingleFlight<string>();
    const answer = deferred<string>();
    let made = 0;
    const make = () => (made++, answer.promise);
    const all = Array.from({ length: 100 }, () => flights.run('q', make));
    answer.resolve('a');
    const results = await Promise.all(all);
    expect(made).toBe(1);
    expect(results.map((r) => r.value)).toEqual(Array(100).fill('a'));
    expect(results.map((r) => r.leader)).toEqual([true, ...Array<boolean>(99).fill(false)]);
  });

  it('keeps keys apart and forgets a value once it is made', async () => {
    const flights = new SingleFlight<number>();
    let made = 0;
    const make = async () => ++made;
    const [a, b] = await Promise.all([flights.run('a', make), flights.run('b', make)]);
    const again = await flights.run('a', make);
    expect([a, b, again]).toEqual([1, 2, 3].map((value) => ({ value, leader: true })));
    expect(flights.size).toBe(0);
  });

  it('lets one follower try again when the leader fails', async () => {
    const flights = new SingleFlight<string>();
    const first = deferred<string>();
    let made = 0;
    const make = () => (++made === 1 ? first.promise : Promise.resolve('second'));
    const leader = flights.run('q', make);
    const followers = [1, 2, 3].map(() => flights.run('q', make));
    first.reject(new Error('client hung up'));
    await expect(leader).rejects.toThrow('client hung up');
    const results = await Promise.all(followers);
    expect(made).toBe(2);
    expect(results.map((r) => r.value)).toEqual(['second', 'second', 'second']);
    expect(results.filter((r) => r.leader)).toHaveLength(1);
  });

  it('fails everybody after a second failure', async () => {
    const flights = new SingleFlight<string>();
    let made = 0;
    const make = () => Promise.reject<string>(new Error(`failure ${++made}`));
    const all = await Promise.allSettled([1, 2, 3].map(() => flights.run('q', make)));
    expect(all.map((r) => (r.status === 'rejected' ? (r.reason as Error).message : r.value))).toEqual([
      'failure 1',
      'failure 2',
      'failure 2',
    ]);
    expect(flights.size).toBe(0);
  });

  it('takes a make that throws synchronously for a failure', async () => {
    const flights = new SingleFlight<string>();
    const make = (): Promise<string> => {
      throw new Error('at once');
    };
    await expect(flights.run('q', make)).rejects.toThrow('at once');
    expect(flights.size).toBe(0);
  });
});
