import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What BM25 knows of a collection: how long its chunks are, and in how many of them each word stands. */
export class TermStatistics1763769720000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Occurrences of indexed words in the chunk.
    await queryRunner.query(`ALTER TABLE chunk ADD COLUMN search_length integer NOT NULL DEFAULT 0`);
    await queryRunner.query(`
      ALTER TABLE collection
        ADD COLUMN chunk_count   bigint NOT NULL DEFAULT 0,
        ADD COLUMN search_length bigint NOT NULL DEFAULT 0`);
    // Changed by every publication, mostly in place: hence the room that pages keep.
    await queryRunner.query(`
      CREATE TABLE term_statistics (
        collection_id uuid NOT NULL REFERENCES collection ON DELETE CASCADE,
        lexeme        text COLLATE "C" NOT NULL,
        tenant_id     uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        chunk_count   integer NOT NULL,
        PRIMARY KEY (collection_id, lexeme)
      ) WITH (fillfactor = 80)`);

    await queryRunner.query(`
      UPDATE chunk SET search_length =
        (SELECT coalesce(sum(cardinality(term.positions)), 0) FROM unnest(search) AS term)`);
    await queryRunner.query(`
      UPDATE collection SET
        chunk_count = (SELECT count(*) FROM chunk WHERE collection_id = collection.id),
        search_length = (SELECT coalesce(sum(c.search_length), 0) FROM chunk c WHERE c.collection_id = collection.id)`);
    await queryRunner.query(`
      INSERT INTO term_statistics (collection_id, lexeme, tenant_id, chunk_count)
      SELECT c.collection_id, term.lexeme, c.tenant_id, count(*)
      FROM chunk c, unnest(c.search) AS term
      GROUP BY c.collection_id, term.lexeme, c.tenant_id`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE term_statistics`);
    await queryRunner.query(`ALTER TABLE collection DROP COLUMN chunk_count, DROP COLUMN search_length`);
    await queryRunner.query(`ALTER TABLE chunk DROP COLUMN search_length`);
  }
}
