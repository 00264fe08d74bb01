import { type FlightContext, SingleFlight } from './single-flight';

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

/** A maker that waits for the test, and ends with its signal. */
function maker() {
  const answer = deferred<string>();
  const contexts: FlightContext<string>[] = [];
  const make = (context: FlightContext<string>) => {
    contexts.push(context);
    context.signal.addEventListener('abort', () => answer.reject(context.signal.reason as Error));
    return answer.promise;
  };
  return { answer, contexts, make };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('SingleFlight', () => {
  it('makes a value once for all who ask for it together, and tells who made it', async () => {
    const flights = new SingleFlight<string, string>();
    const { answer, contexts, make } = maker();
    const all = Array.from({ length: 100 }, () => flights.run('q', make));
    answer.resolve('a');
    const results = await Promise.all(all);
    expect(contexts).toHaveLength(1);
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

  it('fails everybody who waits, also if making throws at once', async () => {
    const flights = new SingleFlight<string>();
    const make = (): Promise<string> => {
      throw new Error('at once');
    };
    const all = await Promise.allSettled([1, 2].map(() => flights.run('q', make)));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(flights.size).toBe(0);
  });

  it('tells everybody what happens, who joins late from the beginning', async () => {
    const flights = new SingleFlight<string, string>();
    const { answer, contexts, make } = maker();
    const heard: [string[], string[]] = [[], []];
    const first = flights.run('q', make, { onEvent: (event) => heard[0].push(event) });
    await turn();
    contexts[0].emit?.('one');
    const second = flights.run('q', make, { onEvent: (event) => heard[1].push(event) });
    expect(heard).toEqual([['one'], ['one']]);
    contexts[0].emit?.('two');
    answer.resolve('done');
    await Promise.all([first, second]);
    expect(heard).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ]);
  });

  it('tells nothing where the leader does not listen', async () => {
    const flights = new SingleFlight<string, string>();
    const { answer, contexts, make } = maker();
    const first = flights.run('q', make);
    await turn();
    expect(contexts[0].emit).toBeUndefined();
    answer.resolve('done');
    await first;
  });

  it('goes on while anybody waits, though the leader has left', async () => {
    const flights = new SingleFlight<string, string>();
    const { answer, contexts, make } = maker();
    const client = new AbortController();
    const leader = flights.run('q', make, { signal: client.signal });
    const follower = flights.run('q', make);
    await turn();
    client.abort(new Error('hung up'));
    await expect(leader).rejects.toThrow('hung up');
    expect(contexts[0].signal.aborted).toBe(false);
    answer.resolve('a');
    expect(await follower).toEqual({ value: 'a', leader: false });
  });

  it('is given up once nobody waits, and then joined by nobody', async () => {
    const flights = new SingleFlight<string, string>();
    const given = maker();
    const clients = [new AbortController(), new AbortController()];
    const all = clients.map(({ signal }) => flights.run('q', given.make, { signal }));
    await turn();
    clients[1].abort(new Error('hung up'));
    clients[0].abort(new Error('hung up'));
    await Promise.all(all.map((one) => expect(one).rejects.toThrow('hung up')));
    expect(given.contexts[0].signal.aborted).toBe(true);
    const next = maker();
    const again = flights.run('q', next.make);
    next.answer.resolve('b');
    expect(await again).toEqual({ value: 'b', leader: true });
  });

  it('does not begin for one who has left already', async () => {
    const flights = new SingleFlight<string, string>();
    const { contexts, make } = maker();
    const signal = AbortSignal.abort(new Error('hung up'));
    await expect(flights.run('q', make, { signal })).rejects.toThrow('hung up');
    expect(contexts).toHaveLength(0);
  });
});
