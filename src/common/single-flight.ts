/** What {@link SingleFlight.run} gives: the value, and whether this caller made it or another. */
export interface Flight<T> {
  value: T;
  leader: boolean;
}

/**
 * Makes each thing once at a time: of the callers that ask for the same key together, the first makes it and the others
 * wait for it. Nothing is kept once it is made. Within this process; asynchronous, so that it can reach further.
 */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /**
   * @param make makes the value; called by the leader, and again by one of the followers if the leader fails: a
   *   leader may fail for a reason of its own, such as a client that hung up
   * @throws what `make` throws: the leader its own error, a follower that of the second attempt
   */
  async run(key: string, make: () => Promise<T>): Promise<Flight<T>> {
    const running = this.flights.get(key);
    if (!running) return { value: await this.lead(key, make), leader: true };
    try {
      return { value: await running, leader: false };
    } catch {
      // The first follower to get here leads the second attempt; the others follow that one, and share its outcome.
      const second = this.flights.get(key);
      if (second) return { value: await second, leader: false };
      return { value: await this.lead(key, make), leader: true };
    }
  }

  /** Number of things being made. */
  get size(): number {
    return this.flights.size;
  }

  private lead(key: string, make: () => Promise<T>): Promise<T> {
    const flight = Promise.resolve()
      .then(make)
      .finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }
}
