import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { filterConditions } from './passage-filter';
import type { ArmHit } from './rank-fusion';
import type { SearchRequest } from './search-request';

/** The text arm: the chunks that share words with a question. */
@Injectable()
export class TextSearch {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @returns at most `limit` hits by falling relevance; none when the question holds no indexed word */
  async search(query: string, request: SearchRequest, limit: number): Promise<ArmHit[]> {
    const parameters: unknown[] = [query, request.tenantId, request.collectionId, request.principals, limit];
    const conditions = filterConditions(request.filter, parameters);
    const rows: { id: string; score: number }[] = await this.dataSource.query(
      `WITH question AS (
         SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS words
         FROM unnest(to_tsvector('english', $1)))
       SELECT c.id, ts_rank(c.search, question.words, 1) AS score
       FROM question
       JOIN chunk c ON c.search @@ question.words
       JOIN document d ON d.id = c.document_id
       WHERE c.tenant_id = $2 AND c.collection_id = $3
         AND (d.acl IS NULL OR d.acl && $4::text[])
         ${conditions.map((condition) => `AND ${condition}`).join('\n         ')}
       ORDER BY score DESC, c.id
       LIMIT $5`,
      parameters,
    );
    return rows.map((row) => ({ chunkId: row.id, score: row.score }));
  }
}
