import { Injectable } from '@nestjs/common';
import { CorpusDatabase } from '../corpus/corpus-database';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { AnswerMigration } from '../semantic-cache/answer-migration';
import { UpgradeStore } from './upgrade-store';

/** Copies the cached answers of all tenants to the scope of the promoted space. */
@Injectable()
export class AnswerMover {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly answers: AnswerMigration,
    private readonly caches: EmbeddingCaches,
    private readonly store: UpgradeStore,
  ) {}

  /** @throws AppError `CACHE_UNAVAILABLE`, `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`; the signal's reason */
  async move(from: EmbeddingSpace, to: EmbeddingSpace, signal: AbortSignal): Promise<void> {
    const tenants = await this.database.sql<{ id: string }>(`SELECT id FROM tenant ORDER BY id`, []);
    let moved = (await this.store.find(to.id))?.answersMoved ?? 0;
    const onMoved = async (count: number) => {
      moved += count;
      await this.store.change(to.id, { answersMoved: moved });
    };
    for (const { id } of tenants) {
      const embeddings = this.caches.of(to, id);
      const embed = (questions: readonly string[]) => embeddings.embedAll(questions, { signal });
      await this.answers.move(id, from, to, embed, { signal, onMoved });
    }
  }
}
