import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../common/clock';
import { describeError } from '../common/error-description';
import { sha256Hex } from '../common/hash';
import { every, type Repetition } from '../common/timers';
import { AppConfig } from '../config/app-config';
import type { Passage } from './passage';
import type { SearchRequest } from './search-request';

/** Documents of a question that are noted: those whose passages came first. */
const MAX_DOCUMENTS = 10;
const RETENTION_INTERVAL_MS = 600_000;

/**
 * Notes some of the questions that were asked lately, with the documents that they found: an upgrade of the embedding
 * space embeds what is retrieved most first, and is judged by what people ask. Each collection has 256 places, a question
 * has one of them by its hash, so the table is bounded. What is not asked again for long is forgotten.
 */
@Injectable()
export class RecentQuestions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RecentQuestions.name);
  private readonly intervalMs: number;
  private readonly retentionDays: number;
  private forgetting?: Repetition;
  private nextMs = 0;
  private running: Promise<void> | null = null;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const { recentQuestionsPerMinute: perMinute, recentQuestionDays } = config.spaceUpgrade;
    this.retentionDays = recentQuestionDays;
    this.intervalMs = perMinute === 0 ? Infinity : 60_000 / perMinute;
  }

  /** Hands over what a question found. Returns at once and never throws; most of the time it does nothing. */
  offer(
    { tenantId, collectionId, askedBy }: SearchRequest,
    question: string,
    found: readonly Passage[],
  ): void {
    const nowMs = this.clock.nowMs();
    if (this.intervalMs === Infinity || nowMs < this.nextMs || this.running !== null) return;
    this.nextMs = nowMs + this.intervalMs;
    const documentIds = [...new Set(found.map(({ documentId }) => documentId))].slice(0, MAX_DOCUMENTS);
    this.running = this.note({ tenantId, collectionId, askedBy }, question, documentIds)
      .catch((error: unknown) => this.logger.debug(`a question was not noted: ${describeError(error)}`))
      .finally(() => {
        this.running = null;
      });
  }

  /** Forgets the questions that a user asked last. @returns how many */
  async forgetUser(tenantId: string, askedBy: string): Promise<number> {
    await this.idle();
    const [, count] = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM recent_question WHERE tenant_id = $1 AND asked_by = $2`,
      [tenantId, askedBy],
    );
    return count;
  }

  /** Forgets questions that were not asked within their retention. */
  async forgetOld(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM recent_question WHERE asked_at < now() - $1 * interval '1 day'`,
      [this.retentionDays],
    );
  }

  onApplicationBootstrap(): void {
    this.forgetting = every(RETENTION_INTERVAL_MS, () =>
      this.forgetOld().catch((error: unknown) =>
        this.logger.debug(`old questions were not forgotten: ${describeError(error)}`),
      ),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.forgetting?.stop();
    await this.idle();
  }

  /** Resolves once nothing is being noted. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async note(
    { tenantId, collectionId, askedBy }: Pick<SearchRequest, 'tenantId' | 'collectionId' | 'askedBy'>,
    question: string,
    documentIds: readonly string[],
  ): Promise<void> {
    const place = Number.parseInt(sha256Hex(question).slice(0, 2), 16);
    await this.dataSource.query(
      `INSERT INTO recent_question AS kept (collection_id, place, tenant_id, question, document_ids, asked_by)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (collection_id, place) DO UPDATE
       SET question = excluded.question, document_ids = excluded.document_ids, asked_at = now(),
           asked_by = excluded.asked_by,
           times = CASE WHEN kept.question = excluded.question THEN kept.times + 1 ELSE 1 END
       WHERE kept.tenant_id = excluded.tenant_id`,
      [collectionId, place, tenantId, question, documentIds, askedBy ?? null],
    );
  }
}
