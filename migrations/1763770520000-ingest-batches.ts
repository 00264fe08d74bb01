import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which batch a version was given to the workers with. The queue knows a job by it, so a batch whose job may be lost can
 * be added again. `crashes` is not used any more; the release before still writes it.
 */
export class IngestBatches1763770520000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE document_version
        ADD COLUMN batch_id uuid,                     -- null: it is a batch by itself
        ADD COLUMN isolated boolean NOT NULL DEFAULT false`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE document_version DROP COLUMN batch_id, DROP COLUMN isolated`);
  }
}
