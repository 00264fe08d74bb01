import { setTimeout } from 'node:timers/promises';
import { newId } from '../common/ids';
import type { Flight } from '../common/single-flight';
import { orWithoutCache } from './redis-failure';
import type { SharedValues } from './shared-values';

/** A leader that does not renew its claim for this long is taken for dead. */
const LEASE_MS = 3_000;
const RENEWALS_PER_LEASE = 3;
/** How often followers look whether there is a result. */
const LOOK_MS = 20;
/** How long a result waits for its followers. */
const RESULT_MS = 5_000;

/** How the leader of a flight gets the value. */
export interface FlightSteps<T> {
  /** What may have been made by now: another flight may have landed just before this one began. Null: nothing. */
  look: () => Promise<T | null>;
  make: () => Promise<T>;
}

/**
 * Makes each thing once at a time in the whole deployment: of those that ask for the same key together, one makes it and
 * hands it to the others. A leader that dies or fails is followed by another. Where the shared values cannot be asked,
 * everybody makes it for himself. Values must survive JSON.
 */
export class ClusterSingleFlight<T> {
  /** @param pause waits for some milliseconds */
  constructor(
    private readonly values: SharedValues,
    private readonly pause: (ms: number) => Promise<unknown> = setTimeout,
  ) {}

  /** @throws what the steps throw */
  async run(key: string, { look, make }: FlightSteps<T>): Promise<Flight<T>> {
    const token = newId();
    for (;;) {
      const holder = await attempt(() => this.claim(key, token));
      if (holder === null) return { value: await make(), leader: true };
      if (holder === token) return { value: await this.lead(key, token, { look, make }), leader: true };
      const result = await this.follow(key, holder);
      if (result !== null) return { value: JSON.parse(result) as T, leader: false };
    }
  }

  /** Waits until no flight for a key is under way. */
  async landed(key: string): Promise<void> {
    while ((await attempt(() => this.values.get([key])))?.[0]) await this.pause(LOOK_MS);
  }

  /** @returns who makes it: our token, or that of another */
  private async claim(key: string, token: string): Promise<string> {
    for (;;) {
      if (await this.values.claim(key, token, LEASE_MS)) return token;
      const [holder] = await this.values.get([key]);
      if (holder !== null) return holder;
    }
  }

  private async lead(key: string, token: string, { look, make }: FlightSteps<T>): Promise<T> {
    const renew = () => void attempt(() => this.values.extend(key, token, LEASE_MS));
    const renewal = setInterval(renew, LEASE_MS / RENEWALS_PER_LEASE);
    try {
      const value = (await look()) ?? (await make());
      await attempt(() => this.values.set(resultKey(key, token), JSON.stringify(value), RESULT_MS));
      return value;
    } finally {
      clearInterval(renewal);
      await attempt(() => this.values.release(key, token));
    }
  }

  /** The result of a leader; null if it gave up its claim without one, or cannot be asked for it. */
  private async follow(key: string, holder: string): Promise<string | null> {
    for (;;) {
      await this.pause(LOOK_MS);
      const state = await attempt(() => this.values.get([resultKey(key, holder), key]));
      if (state === null) return null;
      const [result, current] = state;
      if (result !== null || current !== holder) return result;
    }
  }
}

/** For those only who saw the leader at work: who comes later makes a new one. */
const resultKey = (key: string, token: string) => `${key}:${token}`;

/** Null where the shared values cannot be asked. */
const attempt = <V>(call: () => Promise<V>) => orWithoutCache<V | null>(null, call);
