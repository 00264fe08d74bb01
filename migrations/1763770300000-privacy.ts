import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A secret for keyed hashes, who asked a question, and deleted documents of which nothing is left but that they were. */
export class Privacy1763770300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE deployment_secret (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        secret   bytea NOT NULL
      )`);
    // 244 random bits; gen_random_bytes() would need an extension.
    await queryRunner.query(`
      INSERT INTO deployment_secret (secret)
      VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))`);

    // Keyed hash of the user's id; null for questions noted before, which nobody can be told to have asked.
    await queryRunner.query(`ALTER TABLE recent_question ADD COLUMN asked_by text`);
    await queryRunner.query(`CREATE INDEX recent_question_tenant ON recent_question (tenant_id, asked_by)`);

    await queryRunner.query(`
      UPDATE document_version
      SET external_id = '', content_hash = '', title = NULL, metadata = '{}', acl = NULL, last_modified = NULL,
          raw_sha256 = NULL, source_url = NULL, source_etag = NULL, source_last_modified = NULL
      WHERE status = 'deleted'`);
    await queryRunner.query(`
      DELETE FROM collection_principal p
      WHERE NOT EXISTS (SELECT FROM document d
                        WHERE d.collection_id = p.collection_id AND d.acl @> ARRAY[p.principal])`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX recent_question_tenant`);
    await queryRunner.query(`ALTER TABLE recent_question DROP COLUMN asked_by`);
    await queryRunner.query(`DROP TABLE deployment_secret`);
  }
}
