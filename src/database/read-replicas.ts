import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../observability/metrics';
import { DatabaseReads } from './database-reads';
import { type NeededEpoch, ReadReplica } from './read-replica';

/** A server that statements which only read can be sent to. */
export interface Queryable {
  /** Runs one statement in a transaction of its own. @returns its rows */
  query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]>;
}

/**
 * Chooses who is read from. Epochs are read on the primary; a replica is read from only when it has replayed the
 * collection up to that epoch, so that a reader sees what it would see on the primary, or later.
 */
@Injectable()
export class ReadReplicas implements OnApplicationShutdown {
  private readonly replicas: readonly ReadReplica[];
  private readonly primary: Queryable;
  private turn = 0;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    config: AppConfig,
    @Inject(CLOCK) clock: Clock,
    metrics: Metrics,
    reads: DatabaseReads,
  ) {
    const primary = primaryOf(dataSource);
    this.primary = {
      query: (statement, parameters) => reads.run(() => primary.query(statement, parameters)),
    };
    const { replicaUrls, poolSize, statementTimeoutMs } = config.database;
    const onChange = () =>
      metrics.degraded.set(
        { dependency: 'database_replica' },
        this.replicas.every(({ isUp }) => isUp) ? 0 : 1,
      );
    this.replicas = replicaUrls.map(
      (url, i) =>
        new ReadReplica({ url, name: nameOf(url, i), poolSize, statementTimeoutMs, clock, onChange }),
    );
    if (this.replicas.length > 0) onChange();
  }

  /**
   * Runs statements that only read, all on one server: the next replica that has replayed the epoch, else the primary.
   * When a replica fails meanwhile, all of them are run again on the primary.
   * @param epoch the collection's, as the primary reported it; null if it is not known
   * @throws what `read` throws, except for failures of a replica
   */
  async run<T>(
    collectionId: string,
    epoch: string | null,
    read: (database: Queryable) => Promise<T>,
  ): Promise<T> {
    const replica = await this.fitReplica(collectionId, epoch);
    if (replica === null) return read(this.primary);
    try {
      return await read(replica);
    } catch (error) {
      if (!replica.hasFailed) throw error;
      return read(this.primary);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  private async fitReplica(collectionId: string, epoch: string | null): Promise<ReplicaReader | null> {
    if (epoch === null) return null;
    const needed = { collectionId, epoch: BigInt(epoch) };
    const first = this.turn++;
    for (let i = 0; i < this.replicas.length; i++) {
      const replica = this.replicas[(first + i) % this.replicas.length];
      if (await replica.isFit(needed)) return new ReplicaReader(replica, needed);
    }
    return null;
  }
}

/** The primary as a server that can be read from. */
export function primaryOf(dataSource: DataSource): Queryable {
  return { query: (statement, parameters) => dataSource.query(statement, [...parameters]) };
}

/** One caller's view of a replica. */
class ReplicaReader implements Queryable {
  /** Whether a statement failed, for whatever reason: recovery conflicts, for one, exist on replicas only. */
  hasFailed = false;

  constructor(
    private readonly replica: ReadReplica,
    private readonly needed: NeededEpoch,
  ) {}

  async query<Row>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.replica.read<Row>(this.needed, statement, parameters);
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }
}

/** Host and port, without user and password. */
function nameOf(url: string, index: number): string {
  const number = `read replica ${index + 1}`;
  return URL.canParse(url) ? `${number} (${new URL(url).host})` : number;
}
