import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { CorpusDatabase } from '../corpus/corpus-database';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';

const LOCK_NOT_AVAILABLE = '55P03';
const RETRY_MS = 1000;

/** Drops the table of a retired space. */
@Injectable()
export class SpaceRemoval {
  private readonly logger = new Logger('SpaceUpgrade');

  constructor(
    private readonly database: CorpusDatabase,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Waits until no request that began before the retirement can still run. @throws the signal's reason */
  async drop({ id, table }: EmbeddingSpace, retiredAt: Date, signal: AbortSignal): Promise<void> {
    const restMs = retiredAt.getTime() + this.config.spaceUpgrade.dropDelayMs - this.clock.nowMs();
    if (restMs > 0) await setTimeout(restMs, undefined, { signal });
    for (;;) {
      try {
        await this.database.transaction(async (sql) => {
          // A waiting DROP would block readers behind it, so it gives up early and retries.
          await sql(`SET LOCAL lock_timeout = '500ms'`, []);
          await sql(`DROP TABLE IF EXISTS ${table}`, []);
        });
        this.logger.log(`the embedding space ${id} is retired and its table is dropped`);
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
        await setTimeout(RETRY_MS, undefined, { signal });
      }
    }
  }
}
