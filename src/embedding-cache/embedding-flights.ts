import { unlessAborted } from '../common/cancellation';

/** Tells the vector of a text to all who wait for it. */
export type Land = (text: string, vector: Float32Array) => void;

/**
 * Gets the vectors of texts that nobody else is getting, and lands each as soon as it is known.
 * @param signal aborts when nobody waits for any of them any more
 * @throws what made it fail for the texts that have not landed
 */
export type FetchVectors = (texts: readonly string[], signal: AbortSignal, land: Land) => Promise<void>;

/** The texts that one call has taken upon itself. */
interface Batch {
  controller: AbortController;
  /** Callers that wait for any of its texts. */
  waiting: number;
}

interface Flight {
  batch: Batch;
  vector: Promise<Float32Array>;
  resolve(vector: Float32Array): void;
  reject(error: unknown): void;
}

/** What is being embedded in this process: whoever needs the same text meanwhile waits for it, too. */
export class EmbeddingFlights {
  private readonly flights = new Map<string, Flight>();

  /** Number of texts under way. */
  get size(): number {
    return this.flights.size;
  }

  /**
   * Gets vectors, from the calls that are getting them already or by `fetch`. What another call fails to get, perhaps
   * because of a text that is none of this caller's, is tried once more.
   * @param texts all different
   * @throws what `fetch` throws; the signal's reason when it aborts
   */
  async get(
    texts: readonly string[],
    fetch: FetchVectors,
    signal?: AbortSignal,
  ): Promise<Map<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    let rest = texts;
    for (let attempt = 1; rest.length > 0; attempt++) {
      const own = new Set(rest.filter((text) => !this.isUnderWay(text)));
      if (own.size > 0) this.launch([...own], fetch);
      const outcomes = await this.wait(
        rest.map((text) => this.flights.get(text)!),
        signal,
      );
      const failed: string[] = [];
      outcomes.forEach((outcome, i) => {
        if (outcome.status === 'fulfilled') vectors.set(rest[i], outcome.value);
        else if (own.has(rest[i]) || attempt > 1) throw outcome.reason;
        else failed.push(rest[i]);
      });
      rest = failed;
    }
    return vectors;
  }

  private isUnderWay(text: string): boolean {
    const flight = this.flights.get(text);
    return flight !== undefined && !flight.batch.controller.signal.aborted;
  }

  private launch(texts: readonly string[], fetch: FetchVectors): void {
    const batch: Batch = { controller: new AbortController(), waiting: 0 };
    const own = new Map(texts.map((text) => [text, flightOf(batch)]));
    for (const [text, flight] of own) this.flights.set(text, flight);
    const take = (text: string) => {
      const flight = own.get(text);
      own.delete(text);
      if (this.flights.get(text) === flight) this.flights.delete(text);
      return flight;
    };
    const fail = (error: unknown) => {
      for (const text of [...own.keys()]) take(text)?.reject(error);
    };
    Promise.resolve()
      .then(() => fetch(texts, batch.controller.signal, (text, vector) => take(text)?.resolve(vector)))
      .then(() => fail(new Error('a text was left out')), fail);
  }

  private async wait(
    flights: readonly Flight[],
    signal: AbortSignal | undefined,
  ): Promise<PromiseSettledResult<Float32Array>[]> {
    const batches = new Set(flights.map(({ batch }) => batch));
    for (const batch of batches) batch.waiting++;
    try {
      return await unlessAborted(Promise.allSettled(flights.map(({ vector }) => vector)), signal);
    } finally {
      for (const batch of batches) if (--batch.waiting === 0) batch.controller.abort(signal?.reason);
    }
  }
}

function flightOf(batch: Batch): Flight {
  let resolve!: Flight['resolve'];
  let reject!: Flight['reject'];
  const vector = new Promise<Float32Array>((yes, no) => ([resolve, reject] = [yes, no]));
  return { batch, vector, resolve, reject };
}
