/** What {@link SingleFlight.run} gives: the value, and whether this caller made it or another. */
export interface Flight<T> {
  value: T;
  leader: boolean;
}

/** What a flight's maker is given. */
export interface FlightContext<E> {
  /** Ends when nobody waits for the value any more. */
  signal: AbortSignal;
  /** Tells all who listen, and those who join later, what happens on the way. Absent if the leader does not listen. */
  emit?: (event: E) => void;
}

/** How a caller takes part in a flight. */
export interface FlightCaller<E> {
  /** Its end is the end of this caller's wait; the flight goes on as long as anybody waits. */
  signal?: AbortSignal;
  /** Gets every event from the first one on, in order; must not throw. */
  onEvent?: (event: E) => void;
}

/**
 * Makes each thing once at a time: of the callers that ask for the same key together, the first has it made and the
 * others wait for it, and hear of it while it is being made. Nothing is kept once it is made. Within this process.
 */
export class SingleFlight<T, E = never> {
  private readonly flights = new Map<string, OngoingFlight<T, E>>();

  /**
   * @throws what `make` throws, to everybody who waits; the signal's reason to the caller whose signal ends
   */
  async run(
    key: string,
    make: (context: FlightContext<E>) => Promise<T>,
    caller: FlightCaller<E> = {},
  ): Promise<Flight<T>> {
    caller.signal?.throwIfAborted();
    const running = this.flights.get(key);
    const flight = running ?? this.open(key, make, caller);
    return { value: await flight.join(caller), leader: running === undefined };
  }

  /** Number of things being made. */
  get size(): number {
    return this.flights.size;
  }

  private open(
    key: string,
    make: (context: FlightContext<E>) => Promise<T>,
    { onEvent }: FlightCaller<E>,
  ): OngoingFlight<T, E> {
    const end = () => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    };
    const flight = new OngoingFlight<T, E>(make, onEvent !== undefined, end);
    this.flights.set(key, flight);
    return flight;
  }
}

class OngoingFlight<T, E> {
  private readonly controller = new AbortController();
  private readonly events: E[] = [];
  private readonly listeners = new Set<(event: E) => void>();
  private readonly value: Promise<T>;
  private waiting = 0;

  /** @param end called once nobody may join any more */
  constructor(
    make: (context: FlightContext<E>) => Promise<T>,
    emits: boolean,
    private readonly end: () => void,
  ) {
    const { signal } = this.controller;
    this.value = Promise.resolve()
      .then(() => make({ signal, ...(emits && { emit: (event: E) => this.emit(event) }) }))
      .finally(end);
  }

  join({ signal, onEvent }: FlightCaller<E>): Promise<T> {
    this.waiting++;
    this.events.forEach((event) => onEvent?.(event));
    if (onEvent) this.listeners.add(onEvent);
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        if (onEvent) this.listeners.delete(onEvent);
        signal?.removeEventListener('abort', giveUp);
        this.waiting--;
      };
      const giveUp = () => {
        leave();
        reject(signal?.reason as Error);
        if (this.waiting > 0) return;
        // Who asks from now on must not join what is being given up.
        this.end();
        this.controller.abort(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp);
      this.value.finally(leave).then(resolve, reject);
    });
  }

  private emit(event: E): void {
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
  }
}
