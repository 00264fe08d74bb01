import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/read-replicas';
import { idf, maxBm25, type QueryTerm } from './bm25';
import type { ArmHit } from './rank-fusion';
import type { SearchRequest } from './search-request';
import { SearchPlanner } from './search-planner';
import { SlowStatementLog } from './slow-statement-log';
import {
  CANDIDATE_BUDGET,
  filteredStatement,
  type SimilarityTarget,
  type TermRow,
  termsStatement,
  type TextRow,
  type TextScoring,
  wordsStatement,
} from './text-statements';

/** Of a longer question only the rarest words are scored. */
const MAX_TERMS = 32;

/** What the text arm found. */
export interface TextHits {
  /** By falling BM25. */
  hits: ArmHit[];
  /** Cosine similarity of each hit to the question, in [-1, 1], where it was asked for. */
  similarities: ReadonlyMap<string, number>;
  /** What a chunk with all words of the question could score at most; 0 for a question without words. */
  maxScore: number;
}

/** What it finds for a question without words. */
export const NO_TEXT_HITS: TextHits = { hits: [], similarities: new Map(), maxScore: 0 };

/**
 * The text arm: the chunks whose words say most about a question, by BM25. Words of the chunks before and after count
 * a little. Where a filter leaves few chunks all of them are scored, else those that the index finds.
 */
@Injectable()
export class TextSearch {
  constructor(
    private readonly planner: SearchPlanner,
    private readonly statements: SlowStatementLog,
  ) {}

  /**
   * @param target of which the similarities of the hits are wanted; null if they are not
   * @returns at most `limit` hits; none when the collection holds no word of the question
   */
  async search(
    database: Queryable,
    question: string,
    request: SearchRequest,
    limit: number,
    target: SimilarityTarget | null = null,
  ): Promise<TextHits> {
    const rows = await this.statements.query<TermRow>(database, 'words', termsStatement(question, request));
    if (rows.length === 0) return NO_TEXT_HITS;
    const scoring = scoringOf(rows);
    const maxScore = maxBm25(wordsOf(rows).map(weightOf));
    if (scoring.terms.length === 0) return { ...NO_TEXT_HITS, maxScore };
    const found = await this.hits(database, request, scoring, limit, target);
    const similarities = new Map<string, number>();
    for (const { id, similarity } of found) if (similarity !== null) similarities.set(id, similarity);
    return { hits: found.map(({ id, score }) => ({ chunkId: id, score })), similarities, maxScore };
  }

  private async hits(
    database: Queryable,
    request: SearchRequest,
    scoring: TextScoring,
    limit: number,
    target: SimilarityTarget | null,
  ): Promise<TextRow[]> {
    if (Object.keys(request.filter).length > 0 && !this.planner.isBroad(request)) {
      const rows = await this.statements.query<TextRow & { id: string | null; matching: number }>(
        database,
        'filtered text',
        filteredStatement(request, scoring, limit, target),
      );
      if (rows[0].matching <= CANDIDATE_BUDGET) return rows.filter(({ id }) => id !== null);
    }
    return this.statements.query(database, 'text', wordsStatement(request, scoring, limit, target));
  }
}

function scoringOf(rows: readonly TermRow[]): TextScoring {
  const terms = rows.flatMap((row): QueryTerm[] =>
    row.chunk_count === null
      ? []
      : [{ lexeme: row.lexeme, chunkCount: row.chunk_count, weight: weightOf(row) }],
  );
  return {
    terms: terms.slice(0, MAX_TERMS),
    collectionChunks: Number(rows[0].collection_chunks),
    averageLength: rows[0].average_length,
  };
}

/** The question's words without the stems that another language than their own gave them, as far as is known. */
function wordsOf(rows: readonly TermRow[]): TermRow[] {
  const known = new Set(rows.flatMap((row) => (row.chunk_count === null ? [] : row.positions)));
  return rows.filter(
    (row) => row.chunk_count !== null || !row.positions.some((position) => known.has(position)),
  );
}

function weightOf({ positions, chunk_count, collection_chunks }: TermRow): number {
  return positions.length * idf(chunk_count ?? 0, Number(collection_chunks));
}
