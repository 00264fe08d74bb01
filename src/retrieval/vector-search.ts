import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { toPgVector } from '../common/vector';
import { AppConfig } from '../config/app-config';
import type { EmbeddingSpace } from '../embedding-space/embedding-space.entity';
import { filterConditions } from './passage-filter';
import type { ArmHit } from './rank-fusion';
import type { SearchRequest } from './search-request';

/** The vector arm: the chunks nearest to a question in the active embedding space. */
@Injectable()
export class VectorSearch {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param vector L2-normalised, of the space's dimensions
   * @returns at most `limit` hits by falling cosine similarity
   */
  async search(
    space: EmbeddingSpace,
    vector: Float32Array,
    request: SearchRequest,
    limit: number,
  ): Promise<ArmHit[]> {
    const parameters: unknown[] = [
      toPgVector(vector),
      request.tenantId,
      request.collectionId,
      request.principals,
      limit,
      String(Math.max(this.config.retrieval.efSearch, limit)),
    ];
    const conditions = filterConditions(request.filter, parameters);
    const distance = `e.embedding <=> $1::${space.storage}(${space.dimensions})`;
    // The settings hold for this statement only, and cost no round trip of their own. Iterative scans go on
    // until enough neighbours pass the filter (pgvector 0.8).
    const rows: { chunk_id: string; distance: number }[] = await this.dataSource.query(
      `WITH settings AS MATERIALIZED (
         SELECT set_config('hnsw.ef_search', $6, true) AS ef_search,
                set_config('hnsw.iterative_scan', 'strict_order', true) AS iterative_scan)
       SELECT nearest.chunk_id, nearest.distance
       FROM settings CROSS JOIN LATERAL (
         SELECT e.chunk_id, ${distance} AS distance
         FROM ${space.table} e
         JOIN chunk c ON c.id = e.chunk_id
         JOIN document d ON d.id = c.document_id
         WHERE settings.ef_search IS NOT NULL AND settings.iterative_scan IS NOT NULL
           AND e.tenant_id = $2 AND e.collection_id = $3
           AND (d.acl IS NULL OR d.acl && $4::text[])
           ${conditions.map((condition) => `AND ${condition}`).join('\n           ')}
         ORDER BY ${distance}
         LIMIT $5) AS nearest
       ORDER BY nearest.distance, nearest.chunk_id`,
      parameters,
    );
    return rows.map((row) => ({ chunkId: row.chunk_id, score: 1 - row.distance }));
  }
}
