import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { describeError } from '../common/error-description';
import { every, type Repetition } from '../common/timers';
import { recordAudit } from './audit-log';
import { ApiKey } from './api-key.entity';
import { DEFAULT_TENANT_ID } from './principal';

const INTERVAL_MS = 60_000;
/** Records per interval and process, plus one for all others, so that guessing keys cannot fill the disk. */
const MAX_RECORDS = 10;

/** The kind of a refused credential. */
export type RefusedCredential = 'none' | 'api_key' | 'token';

interface Refusals {
  credential: RefusedCredential | 'various';
  /** Null for various. */
  address: string | null;
  /** Public part of the key, if it was one. */
  lookup: string | null;
  count: number;
  sinceMs: number;
}

/**
 * Records refused log-ins in the audit log, aggregated by address and credential: of the key's tenant if the key is known,
 * else of the operator. Written once a minute and on shutdown.
 */
@Injectable()
export class RefusedLogins implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RefusedLogins.name);
  private counted = new Map<string, Refusals>();
  private writing: Repetition | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.writing = every(INTERVAL_MS, () => this.flush());
  }

  async onModuleDestroy(): Promise<void> {
    await this.writing?.stop();
    await this.flush();
  }

  /** Counts a refusal, in memory. @param lookup public part of the key, if it was one */
  count(credential: RefusedCredential, address: string, lookup: string | null): void {
    const key = JSON.stringify([credential, address, lookup]);
    const isOneMore = this.counted.has(key) || this.counted.size < MAX_RECORDS;
    const counted = isOneMore
      ? this.refusals(key, { credential, address, lookup })
      : this.refusals('', { credential: 'various', address: null, lookup: null });
    counted.count++;
  }

  /** Writes the counts. Never throws: a failure is logged, and its counts are lost. */
  async flush(): Promise<void> {
    const counted = [...this.counted.values()];
    this.counted = new Map();
    try {
      for (const refusals of counted) await this.write(refusals);
    } catch (error) {
      this.logger.error(`refused log-ins are not recorded: ${describeError(error)}`);
    }
  }

  private refusals(key: string, of: Omit<Refusals, 'count' | 'sinceMs'>): Refusals {
    let refusals = this.counted.get(key);
    if (!refusals) this.counted.set(key, (refusals = { ...of, count: 0, sinceMs: this.clock.nowMs() }));
    return refusals;
  }

  private async write({ credential, address, lookup, count, sinceMs }: Refusals): Promise<void> {
    const key = lookup === null ? null : await this.dataSource.getRepository(ApiKey).findOneBy({ lookup });
    await recordAudit(
      (statement, parameters) => this.dataSource.query(statement, parameters),
      this.clock.nowMs(),
      {
        tenantId: key?.tenantId ?? DEFAULT_TENANT_ID,
        action: 'login.refused',
        target: key && `api_key:${key.id}`,
        details: { credential, address, count, since: new Date(sinceMs).toISOString() },
      },
    );
  }
}
