import { EmbeddingFlights, type FetchVectors } from './embedding-flights';

const vectorOf = (text: string) => Float32Array.from([text.length]);

/** Fetches when it is told to, one call after the other. */
class HeldFetch {
  readonly calls: {
    texts: readonly string[];
    signal: AbortSignal;
    land(): void;
    fail(error: Error): void;
  }[] = [];

  readonly fetch: FetchVectors = (texts, signal, land) =>
    new Promise<void>((resolve, reject) => {
      const landAll = () => {
        for (const text of texts) land(text, vectorOf(text));
        resolve();
      };
      this.calls.push({ texts, signal, land: landAll, fail: reject });
    });
}

const settle = () => new Promise(setImmediate);

describe('EmbeddingFlights', () => {
  let flights: EmbeddingFlights;
  let held: HeldFetch;
  beforeEach(() => {
    flights = new EmbeddingFlights();
    held = new HeldFetch();
  });

  it('gets only what nobody is getting', async () => {
    const first = flights.get(['a', 'bb'], held.fetch);
    const second = flights.get(['bb', 'ccc'], held.fetch);
    await settle();
    expect(held.calls.map(({ texts }) => texts)).toEqual([['a', 'bb'], ['ccc']]);
    expect(flights.size).toBe(3);
    for (const call of held.calls) call.land();
    expect([...(await first).keys()]).toEqual(['a', 'bb']);
    expect(await second).toEqual(new Map(['bb', 'ccc'].map((text) => [text, vectorOf(text)])));
    expect(flights.size).toBe(0);
  });

  it('tries once more what another failed to get, together for all who need it', async () => {
    const first = flights.get(['a', 'poison'], held.fetch);
    const others = [flights.get(['a'], held.fetch), flights.get(['a'], held.fetch)];
    await settle();
    held.calls[0].fail(new Error('poisoned'));
    await expect(first).rejects.toThrow('poisoned');
    await settle();
    expect(held.calls.slice(1).map(({ texts }) => texts)).toEqual([['a']]);
    held.calls[1].land();
    for (const other of others) expect((await other).get('a')).toEqual(vectorOf('a'));
  });

  it('gives up after the second failure', async () => {
    const all = Promise.allSettled([1, 2].map(() => flights.get(['a'], held.fetch)));
    await settle();
    held.calls[0].fail(new Error('first'));
    await settle();
    held.calls[1].fail(new Error('second'));
    const outcomes = await all;
    expect(outcomes.map((o) => o.status === 'rejected' && (o.reason as Error).message)).toEqual([
      'first',
      'second',
    ]);
    expect(flights.size).toBe(0);
  });

  it('fails, rather than waits for ever, for a text that was left out', async () => {
    await expect(flights.get(['a'], () => Promise.resolve())).rejects.toThrow('left out');
  });

  it('aborts a fetch when the last who waits for it has given up', async () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const first = flights.get(['a', 'bb'], held.fetch, one.signal);
    const second = flights.get(['bb'], held.fetch, two.signal);
    await settle();
    one.abort(new Error('one'));
    await expect(first).rejects.toThrow('one');
    expect(held.calls[0].signal.aborted).toBe(false);
    two.abort(new Error('two'));
    await expect(second).rejects.toThrow('two');
    expect(held.calls[0].signal.aborted).toBe(true);
    const third = flights.get(['bb'], held.fetch);
    await settle();
    expect(held.calls).toHaveLength(2);
    held.calls[0].fail(new Error('aborted'));
    held.calls[1].land();
    expect((await third).get('bb')).toEqual(vectorOf('bb'));
  });
});
