import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Vectors that the chunk step has at hand, kept with the staged chunks for the embed step. */
export class StagedVectors1763770460000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE staged_chunk
        ADD COLUMN embedding_space integer,           -- whose model made it; null where there is no vector
        ADD COLUMN embedding vector`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE staged_chunk DROP COLUMN embedding_space, DROP COLUMN embedding`);
  }
}
