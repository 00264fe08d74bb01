import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AppConfig } from '../src/config/app-config';

/**
 * The first embedding space, for the model that is configured when the database is made. Later spaces get a
 * migration of their own (`npm run migration:space`).
 */
export class EmbeddingSpace1763769660000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { model, dimensions } = AppConfig.parse(process.env).embedding;
    // pgvector indexes `vector` up to 2,000 dimensions and `halfvec` up to 4,000.
    const storage = dimensions <= 2000 ? 'vector' : 'halfvec';

    await queryRunner.query(`
      CREATE TABLE embedding_space (
        id          integer PRIMARY KEY,
        model       text NOT NULL,
        dimensions  integer NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
        storage     text NOT NULL CHECK (storage IN ('vector', 'halfvec')),
        state       text NOT NULL CHECK (state IN ('backfilling', 'ready', 'active', 'retired')),
        created_at  timestamptz NOT NULL DEFAULT now(),
        promoted_at timestamptz
      )`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX embedding_space_active ON embedding_space (state) WHERE state = 'active'`);
    await queryRunner.query(
      `INSERT INTO embedding_space (id, model, dimensions, storage, state, promoted_at)
       VALUES (1, $1, $2, $3, 'active', now())`,
      [model, dimensions, storage],
    );

    // No foreign key to chunk: vectors are written before their chunks are published.
    await queryRunner.query(`
      CREATE TABLE chunk_embedding_1 (
        chunk_id      uuid PRIMARY KEY,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        collection_id uuid NOT NULL,
        document_id   uuid NOT NULL,
        embedding     ${storage}(${dimensions}) NOT NULL
      )`);
    // A vector fits into a page, and out of line each would cost a look-up of its own when many are compared.
    await queryRunner.query(`ALTER TABLE chunk_embedding_1 ALTER COLUMN embedding SET STORAGE PLAIN`);
    await queryRunner.query(`CREATE INDEX chunk_embedding_1_document ON chunk_embedding_1 (document_id)`);
    await queryRunner.query(
      `CREATE INDEX chunk_embedding_1_collection ON chunk_embedding_1 (collection_id, chunk_id)`,
    );
    await queryRunner.query(`
      CREATE INDEX chunk_embedding_1_hnsw ON chunk_embedding_1
        USING hnsw (embedding ${storage}_cosine_ops) WITH (m = 16, ef_construction = 200)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE chunk_embedding_1`);
    await queryRunner.query(`DROP TABLE embedding_space`);
  }
}
