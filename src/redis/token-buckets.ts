/** Injection token of the {@link TokenBuckets}. */
export const TOKEN_BUCKETS = Symbol('TokenBuckets');

/** So much is taken from a bucket that holds `capacity` and fills again within a minute. */
export interface BucketDraw {
  /** Keys of one draw are in one slot of a cluster. */
  key: string;
  /** Also what flows in per minute. */
  capacity: number;
  /** What is above the capacity counts as the capacity. */
  amount: number;
}

/**
 * `waitMs`: until the buckets hold what was drawn. `levels`: what each holds now; less than 0 where callers wait.
 * `limiting`: position of the bucket that one waits for longest.
 */
export type BucketReply =
  | { drawn: true; waitMs: number; levels: number[] }
  | { drawn: false; waitMs: number; levels: number[]; limiting: number };

/**
 * Token buckets that all processes of a deployment share. Who has to wait has drawn already, so that those who wait are
 * served in their order. Every driver passes `test/contract/token-buckets.contract.ts`.
 * @see https://en.wikipedia.org/wiki/Token_bucket
 */
export interface TokenBuckets {
  /** Draws from all buckets, or from none if that would mean a wait of more than `maxWaitMs`. */
  draw(draws: readonly BucketDraw[], maxWaitMs: number): Promise<BucketReply>;

  /** Puts back what was drawn and not used. */
  giveBack(key: string, amount: number): Promise<void>;
}

/** Units per millisecond that flow into a bucket. */
export function inflowPerMs({ capacity }: Pick<BucketDraw, 'capacity'>): number {
  return capacity / 60_000;
}
