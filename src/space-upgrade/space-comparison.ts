import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock';
import { AppConfig } from '../config/app-config';
import { CorpusDatabase } from '../corpus/corpus-database';
import { EmbeddingCaches } from '../embedding-cache/embedding-caches';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { EmbeddingSpaceService } from '../embedding-space/embedding-space.service';
import { recallOf } from '../retrieval/recall-sampler';
import {
  exactStatement,
  indexStatement,
  scanBudget,
  type SearchRow,
  type Statement,
} from '../retrieval/search-plan';
import type { SearchRequest } from '../retrieval/search-request';

/** How a space compares with the active one. */
export interface SpaceComparison {
  /** Id of the space that was active then. */
  with: number;
  /** Questions with results in both spaces. */
  questions: number;
  /** How many of them users asked recently; the others are the beginnings of chunks. */
  recent: number;
  /** Neighbours compared per question. */
  k: number;
  /** Mean share (0 to 1) of neighbours that both spaces find, each by exact search; null without questions. */
  overlap: number | null;
  /** Mean recall (0 to 1) of the space's index against exact search; null without questions. */
  recall: number | null;
  /** ISO 8601. */
  compared_at: string;
}

interface Question {
  tenant_id: string;
  collection_id: string;
  question: string;
}

const K = 10;
const EF_SEARCH = 100;
/** With fewer recent questions, beginnings of chunks are used too. */
const FEW_QUESTIONS = 20;
const LEAD_CHARACTERS = 200;

/** Compares a space with the active one by recent questions. */
@Injectable()
export class SpaceComparer {
  constructor(
    private readonly database: CorpusDatabase,
    private readonly spaces: EmbeddingSpaceService,
    private readonly caches: EmbeddingCaches,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AppError `EMBEDDING_UNAVAILABLE`, `DATABASE_UNAVAILABLE`; the signal's reason */
  async compare(space: EmbeddingSpace, signal: AbortSignal): Promise<SpaceComparison> {
    const active = await this.spaces.active();
    const recent = await this.recentQuestions();
    const questions = recent.length >= FEW_QUESTIONS ? recent : [...recent, ...(await this.leads())];
    const overlaps: number[] = [];
    const recalls: number[] = [];
    let compared = 0;
    for (const [i, question] of questions.entries()) {
      signal.throwIfAborted();
      const request = requestOf(question);
      const [old, [exact, indexed]] = await Promise.all([
        this.nearest(active, question.question, request, signal).then(([found]) => found),
        this.nearest(space, question.question, request, signal, true),
      ]);
      const recall = recallOf(distances(indexed), distances(exact));
      if (recall === null || old.length === 0) continue;
      const known = new Set(old.map(({ chunk_id }) => chunk_id));
      overlaps.push(
        exact.filter(({ chunk_id }) => known.has(chunk_id)).length / Math.max(old.length, exact.length),
      );
      recalls.push(recall);
      if (i < recent.length) compared++;
    }
    return {
      with: active.id,
      questions: recalls.length,
      recent: compared,
      k: K,
      overlap: mean(overlaps),
      recall: mean(recalls),
      compared_at: new Date(this.clock.nowMs()).toISOString(),
    };
  }

  /** @returns the results of exact search and, if requested, of the index */
  private async nearest(
    space: EmbeddingSpace,
    question: string,
    request: SearchRequest,
    signal: AbortSignal,
    byIndex = false,
  ): Promise<[exact: SearchRow[], indexed: SearchRow[]]> {
    const vector = await this.caches.of(space, request.tenantId).embedOne(question, { signal });
    const exact = await this.rows(exactStatement(space, vector, request, K, null));
    if (!byIndex) return [exact, []];
    const scan = { efSearch: EF_SEARCH, maxScanTuples: scanBudget(K, exact.length) };
    return [exact, await this.rows(indexStatement(space, vector, request, K, scan))];
  }

  private async rows({ text, values }: Statement): Promise<SearchRow[]> {
    const rows = await this.database.sql<SearchRow>(text, values);
    return rows.filter(({ chunk_id }) => chunk_id !== null);
  }

  private recentQuestions(): Promise<Question[]> {
    return this.database.sql<Question>(
      `SELECT tenant_id, collection_id, question FROM recent_question ORDER BY asked_at DESC LIMIT $1`,
      [this.config.spaceUpgrade.gate.questions],
    );
  }

  private leads(): Promise<Question[]> {
    return this.database.sql<Question>(
      `SELECT tenant_id, collection_id, left(content, $2) AS question FROM chunk ORDER BY id LIMIT $1`,
      [this.config.spaceUpgrade.gate.questions, LEAD_CHARACTERS],
    );
  }
}

/** A search without principals: ACLs make no difference to the comparison of vectors. */
function requestOf({ tenant_id, collection_id }: Question): SearchRequest {
  return {
    tenantId: tenant_id,
    collectionId: collection_id,
    epoch: null,
    principals: [],
    filter: {},
    topK: K,
  };
}

const distances = (rows: readonly SearchRow[]) => rows.map(({ distance }) => distance!);

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.round((1000 * values.reduce((a, b) => a + b, 0)) / values.length) / 1000;
}
