import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Pool, type PoolClient, type QueryConfig } from 'pg';
import type { Clock } from '../common/clock';
import { isDatabaseUnavailable } from './database-errors';

const CONNECT_TIMEOUT_MS = 1000;
/** A replica that needs longer to report an epoch is no help. */
const CHECK_TIMEOUT_MS = 1000;
/** The primary has to answer in what is left of the caller's patience. */
const MAX_READ_TIMEOUT_MS = 3000;
/** How long a replica that is down is left alone. */
const RETRY_PAUSE_MS = 3000;
/** Collections per connection whose epoch is remembered. */
const KNOWN_EPOCHS = 1000;

/** Which state a reader needs: the collection's, with all changes up to this epoch. */
export interface NeededEpoch {
  collectionId: string;
  epoch: bigint;
}

/** Settings of one replica. */
export interface ReadReplicaOptions {
  /** Connection string. */
  url: string;
  /** What the log calls it; no credentials. */
  name: string;
  poolSize: number;
  /** Milliseconds after which a statement is given up; longer than 3 seconds is never waited. */
  statementTimeoutMs: number;
  clock: Clock;
  /** Called after it went down or came up again. */
  onChange: () => void;
}

/** The replica has not replayed the needed epoch, or does not know the collection yet. */
class ReplicaBehindError extends Error {}

/**
 * One streaming replica. The epoch of a collection only grows, so what a connection once saw holds for as long as
 * the connection lives. It does not hold for the next one: a replica may have been rebuilt from an older backup.
 */
export class ReadReplica {
  private readonly logger = new Logger('ReadReplica');
  private readonly pool: Pool;
  private readonly seen = new WeakMap<PoolClient, LRUCache<string, bigint>>();
  /** `null` while it is up. */
  private retryAtMs: number | null = null;
  private probing = false;

  constructor(private readonly options: ReadReplicaOptions) {
    this.pool = new Pool({
      connectionString: options.url,
      max: options.poolSize,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: Math.min(options.statementTimeoutMs, MAX_READ_TIMEOUT_MS),
      keepAlive: true,
    });
    // A broken idle connection is dropped; the next statement says whether the server is unavailable.
    this.pool.on('error', () => undefined);
    // The pool listens to idle connections only; one that breaks in use, between two statements, would end the process.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Whether the latest attempt to reach it worked. */
  get isUp(): boolean {
    return this.retryAtMs === null;
  }

  /** Whether it can be read from now at this epoch; a replica that is down costs the caller no time. */
  async isFit(needed: NeededEpoch): Promise<boolean> {
    if (this.retryAtMs !== null) {
      if (this.options.clock.nowMs() >= this.retryAtMs) void this.probe();
      return false;
    }
    // Its connections are taken and as many callers wait: others have room.
    if (this.pool.waitingCount >= this.options.poolSize) return false;
    try {
      await this.withClient((client) => this.expectReplayed(client, needed));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Runs one statement, if the connection it gets has seen the needed epoch.
   * @throws ReplicaBehindError, or what Postgres or the connection says
   */
  read<Row>(needed: NeededEpoch, statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.withClient(async (client) => {
      await this.expectReplayed(client, needed);
      const { rows } = await client.query(statement, [...parameters]);
      return rows as Row[];
    });
  }

  /** Waits for running statements and closes all connections. */
  close(): Promise<void> {
    return this.pool.end();
  }

  private async expectReplayed(client: PoolClient, { collectionId, epoch }: NeededEpoch): Promise<void> {
    const seen = this.seen.get(client) ?? new LRUCache<string, bigint>({ max: KNOWN_EPOCHS });
    this.seen.set(client, seen);
    if ((seen.get(collectionId) ?? -1n) >= epoch) return;
    const { rows } = await client.query<{ epoch: string }>(
      quick('SELECT epoch FROM collection WHERE id = $1', [collectionId]),
    );
    if (rows.length === 0) throw new ReplicaBehindError();
    const replayed = BigInt(rows[0].epoch);
    seen.set(collectionId, replayed);
    if (replayed < epoch) throw new ReplicaBehindError();
  }

  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    try {
      client = await this.pool.connect();
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      const isAway = isDatabaseUnavailable(error);
      // A connection that did not answer in time may still do so: no other caller may get that answer.
      client?.release(isAway);
      if (isAway) this.failed(error);
      throw error;
    }
  }

  /** Asks a replica that was down, beside the requests. */
  private async probe(): Promise<void> {
    if (this.probing) return;
    this.probing = true;
    try {
      await this.withClient((client) => client.query(quick('SELECT 1')));
      this.retryAtMs = null;
      this.logger.log(`${this.options.name} answers again`);
      this.options.onChange();
    } catch {
      this.retryAtMs = this.options.clock.nowMs() + RETRY_PAUSE_MS;
    } finally {
      this.probing = false;
    }
  }

  private failed(error: unknown): void {
    const wasUp = this.retryAtMs === null;
    this.retryAtMs = this.options.clock.nowMs() + RETRY_PAUSE_MS;
    if (!wasUp) return;
    const why = error instanceof Error ? error.message : String(error);
    this.logger.warn(`${this.options.name} cannot be asked, others are read: ${why}`);
    this.options.onChange();
  }
}

/** A statement that is given up early; `pg` knows the setting per statement, its types do not. */
function quick(text: string, values: unknown[] = []): QueryConfig & { query_timeout: number } {
  return { text, values, query_timeout: CHECK_TIMEOUT_MS };
}
