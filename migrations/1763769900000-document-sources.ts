import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATUSES = `'queued', 'chunking', 'embedding', 'searchable', 'failed', 'superseded', 'deleted'`;

/** Documents that are fetched from a URL, the hash of what they are made of, and the pages that their chunks stand on. */
export class DocumentSources1763769900000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE document_version
        ADD COLUMN raw_sha256           text,         -- of the content as it came, hexadecimal; stays when raw is gone
        ADD COLUMN source_url           text,         -- where raw is fetched from; until then it is null
        ADD COLUMN source_etag          text,         -- as its server gave them with raw
        ADD COLUMN source_last_modified text`);
    // Of a document fetched again: its source still holds what the searchable version says.
    await queryRunner.query(`ALTER TABLE document_version DROP CONSTRAINT document_version_status_check`);
    await queryRunner.query(`
      ALTER TABLE document_version ADD CONSTRAINT document_version_status_check
        CHECK (status IN (${STATUSES}, 'unchanged'))`);
    // Page or slide number, or name of the sheet; null for a document without pages.
    await queryRunner.query(`ALTER TABLE chunk ADD COLUMN page text`);
    await queryRunner.query(`ALTER TABLE staged_chunk ADD COLUMN page text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE staged_chunk DROP COLUMN page`);
    await queryRunner.query(`ALTER TABLE chunk DROP COLUMN page`);
    await queryRunner.query(`UPDATE document_version SET status = 'superseded' WHERE status = 'unchanged'`);
    // What was never fetched has nothing that the version before could work on.
    await queryRunner.query(`
      UPDATE document_version SET status = 'failed', error = '{"code": "SOURCE_UNAVAILABLE", "message": "It was not fetched."}'
      WHERE raw IS NULL AND status IN ('queued', 'chunking')`);
    await queryRunner.query(`ALTER TABLE document_version DROP CONSTRAINT document_version_status_check`);
    await queryRunner.query(`
      ALTER TABLE document_version ADD CONSTRAINT document_version_status_check CHECK (status IN (${STATUSES}))`);
    await queryRunner.query(`
      ALTER TABLE document_version
        DROP COLUMN raw_sha256, DROP COLUMN source_url, DROP COLUMN source_etag, DROP COLUMN source_last_modified`);
  }
}
