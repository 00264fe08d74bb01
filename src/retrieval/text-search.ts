import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/read-replicas';
import { bm25Sql, idf, tsqueryOperand } from './bm25';
import { candidateQuery, planCandidates } from './candidate-plan';
import { filterConditions } from './passage-filter';
import type { ArmHit } from './rank-fusion';
import type { SearchRequest } from './search-request';
import { SlowStatementLog } from './slow-statement-log';

/** About how many chunks are fetched and scored per question. */
const CANDIDATE_BUDGET = 2500;

interface TermRow {
  lexeme: string;
  repetitions: number;
  chunk_count: number;
  collection_chunks: string;
  average_length: number;
}

/** The text arm: the chunks whose words tell most about a question, by BM25. */
@Injectable()
export class TextSearch {
  constructor(private readonly statements: SlowStatementLog) {}

  /** @returns at most `limit` hits by falling BM25; none when the collection holds no word of the question */
  async search(database: Queryable, query: string, request: SearchRequest, limit: number): Promise<ArmHit[]> {
    const rows = await this.terms(database, query, request);
    if (rows.length === 0) return [];
    const terms = rows.map((row) => ({
      lexeme: row.lexeme,
      chunkCount: row.chunk_count,
      weight: row.repetitions * idf(row.chunk_count, Number(row.collection_chunks)),
    }));

    const plan = planCandidates(terms, Number(rows[0].collection_chunks), CANDIDATE_BUDGET);
    const parameters: unknown[] = [
      candidateQuery(plan, tsqueryOperand),
      request.tenantId,
      request.collectionId,
      request.principals,
      limit,
      Math.max(1, rows[0].average_length),
    ];
    const score = bm25Sql(
      terms,
      { search: 'c.search', length: 'c.search_length', averageLength: '$6' },
      parameters,
    );
    const conditions = filterConditions(request.filter, parameters);
    const text = `SELECT c.id, ${score} AS score
       FROM chunk c
       JOIN document d ON d.id = c.document_id
       WHERE c.search @@ $1::tsquery
         AND c.tenant_id = $2 AND c.collection_id = $3
         AND (d.acl IS NULL OR d.acl && $4::text[])
         ${conditions.map((condition) => `AND ${condition}`).join('\n         ')}
       ORDER BY score DESC, c.id
       LIMIT $5`;
    const hits = await this.statements.query<{ id: string; score: number }>(database, 'text', {
      text,
      values: parameters,
    });
    return hits.map((hit) => ({ chunkId: hit.id, score: hit.score }));
  }

  /** The question's words that the collection holds, rarest first, with what BM25 needs to know of them. */
  private terms(
    database: Queryable,
    query: string,
    { tenantId, collectionId }: SearchRequest,
  ): Promise<TermRow[]> {
    const text = `SELECT asked.lexeme, cardinality(asked.positions) AS repetitions, known.chunk_count,
              c.chunk_count AS collection_chunks,
              c.search_length::float8 / greatest(c.chunk_count, 1) AS average_length
       FROM unnest(to_tsvector('english', $1)) AS asked
       JOIN term_statistics known
         ON known.tenant_id = $2 AND known.collection_id = $3 AND known.lexeme = asked.lexeme COLLATE "C"
       JOIN collection c ON c.tenant_id = $2 AND c.id = $3
       ORDER BY known.chunk_count, asked.lexeme`;
    return this.statements.query(database, 'terms', { text, values: [query, tenantId, collectionId] });
  }
}
