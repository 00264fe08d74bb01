import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { toPgVector } from '../common/vector';
import { AppConfig } from '../config/app-config';
import { CorpusDatabase } from '../corpus/corpus-database';
import { windowTexts } from '../corpus/window-texts';
import { embedWindows } from '../embedding-cache/embed-windows';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { MissingVectors } from './missing-vectors';

/** Chunks per batch. The embedded database is blocked for some milliseconds by each insertion into its index. */
const BATCH = { real: 64, embedded: 16 };
/** Documents that are embedded first. */
const MOST_ASKED = 1000;
/** Weight of the latest batch in the reported pace. */
const PACE_WEIGHT = 0.2;

interface Chunk {
  id: string;
  tenant_id: string;
  content: string;
  windows: number[];
}

/** State of the upgrade after a batch. */
interface Control {
  stage: string;
  paused: boolean;
  chunks_per_second: number | null;
}

/**
 * Writes the vector of every chunk in a space. The work that is left is every chunk without a vector, so there is no position to
 * lose: it may be interrupted anywhere, run again, and run concurrently. Embeddings that were not written are in the
 * embedding cache.
 */
@Injectable()
export class Backfill {
  private readonly batch: number;

  constructor(
    private readonly database: CorpusDatabase,
    private readonly missing: MissingVectors,
    private readonly caches: EmbeddingCaches,
    @Inject(CLOCK) private readonly clock: Clock,
    config: AppConfig,
  ) {
    this.batch = config.database.url === null ? BATCH.embedded : BATCH.real;
  }

  /**
   * @returns whether every chunk has its vector; false if the upgrade was paused or cancelled
   * @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`; the signal's reason
   */
  async run(space: EmbeddingSpace, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const wanted = await this.mostAsked(space);
      if (wanted.length === 0) break;
      if (!(await this.write(space, wanted, signal))) return false;
    }
    // A document may be published behind the current position without its vector: repeat until nothing is missing.
    for (;;) {
      const found = await this.pass(space, signal);
      if (found === null) return false;
      if (found === 0) return true;
    }
  }

  /** @returns how many chunks had no vector; null if the upgrade was paused or cancelled */
  private async pass(space: EmbeddingSpace, signal: AbortSignal): Promise<number | null> {
    let found = 0;
    for await (const missing of this.missing.pages(space)) {
      found += missing.length;
      for (let from = 0; from < missing.length; from += this.batch)
        if (!(await this.write(space, missing.slice(from, from + this.batch), signal))) return null;
      signal.throwIfAborted();
    }
    return found;
  }

  /** @returns whether to continue */
  private async write(space: EmbeddingSpace, ids: readonly string[], signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const startedMs = this.clock.nowMs();
    const chunks = await this.database.sql<Chunk>(
      `SELECT id, tenant_id, content, windows FROM chunk WHERE id = ANY($1::uuid[]) ORDER BY id`,
      [ids],
    );
    const rows = await this.embed(space, chunks, signal);
    const control = await this.insert(space, rows, this.clock.nowMs() - startedMs);
    if (!control || control.paused || control.stage === 'drop') return false;
    const perSecond = control.chunks_per_second;
    const leastMs = perSecond === null ? 0 : (1000 * ids.length) / perSecond;
    const restMs = leastMs - (this.clock.nowMs() - startedMs);
    if (restMs > 0) await setTimeout(restMs, undefined, { signal });
    return true;
  }

  /** @returns the vector of each chunk, in any order */
  private async embed(
    space: EmbeddingSpace,
    chunks: readonly Chunk[],
    signal: AbortSignal,
  ): Promise<{ id: string; vector: string }[]> {
    const rows: { id: string; vector: string }[] = [];
    for (const tenantId of new Set(chunks.map(({ tenant_id }) => tenant_id))) {
      const own = chunks.filter(({ tenant_id }) => tenant_id === tenantId);
      const texts = own.map(({ content, windows }) => windowTexts(content, windows));
      const vectors = await embedWindows(this.caches.of(space, tenantId), texts, signal);
      rows.push(...own.map(({ id }, i) => ({ id, vector: toPgVector(vectors[i]) })));
    }
    return rows;
  }

  /** Writes vectors and counts them in one statement, so that the count is correct even after an interruption. */
  private async insert(
    { id, table, storage }: EmbeddingSpace,
    rows: readonly { id: string; vector: string }[],
    tookMs: number,
  ): Promise<Control | undefined> {
    const pace = (1000 * rows.length) / Math.max(1, tookMs);
    // A deletion removes the vector in a statement after that of the chunk; the lock makes it wait for this insertion.
    const [control] = await this.database.sql<Control>(
      `WITH live AS (
         SELECT id, tenant_id, collection_id, document_id FROM chunk
         WHERE id = ANY($2::uuid[])
         ORDER BY id
         FOR KEY SHARE),
       written AS (
         INSERT INTO ${table} (chunk_id, tenant_id, collection_id, document_id, embedding)
         SELECT live.id, live.tenant_id, live.collection_id, live.document_id, given.vector::${storage}
         FROM unnest($2::uuid[], $3::text[]) AS given (id, vector) JOIN live ON live.id = given.id
         ON CONFLICT (chunk_id) DO NOTHING
         RETURNING 1)
       UPDATE space_upgrade
       SET chunks_done = chunks_done + (SELECT count(*) FROM written),
           pace = coalesce(pace * (1 - $5::real), $4::real * (1 - $5::real)) + $4::real * $5::real,
           updated_at = now()
       WHERE space_id = $1
       RETURNING stage, paused, chunks_per_second`,
      [id, rows.map((row) => row.id), rows.map(({ vector }) => vector), pace, PACE_WEIGHT],
    );
    return control;
  }

  /** Chunks without a vector of the documents that recent questions found most often. */
  private async mostAsked({ table }: EmbeddingSpace): Promise<string[]> {
    const rows = await this.database.sql<{ id: string }>(
      `WITH asked AS (
         SELECT document_id, sum(times) AS times
         FROM recent_question CROSS JOIN LATERAL unnest(document_ids) AS found (document_id)
         GROUP BY document_id
         ORDER BY times DESC, document_id
         LIMIT $1)
       SELECT c.id
       FROM asked JOIN chunk c ON c.document_id = asked.document_id
       WHERE NOT EXISTS (SELECT 1 FROM ${table} e WHERE e.chunk_id = c.id)
       ORDER BY asked.times DESC, c.document_id, c.ordinal
       LIMIT $2`,
      [MOST_ASKED, this.batch],
    );
    return rows.map(({ id }) => id);
  }
}
