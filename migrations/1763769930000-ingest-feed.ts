import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What feeding the queues fairly, uploads of any length, and giving up what kills its worker need to know. */
export class IngestFeed1763769930000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Steps begun and not ended, well or not: more than a few, and the document kills who works on it.
    await queryRunner.query(`ALTER TABLE document_version ADD COLUMN crashes smallint NOT NULL DEFAULT 0`);
    // What a tenant has under way. `enqueued_at = '-infinity'`: no job was asked for yet, it waits for its turn.
    await queryRunner.query(`
      CREATE INDEX document_version_under_way ON document_version (tenant_id, enqueued_at, created_at)
        WHERE status IN ('queued', 'chunking', 'embedding')`);
    await queryRunner.query(`
      CREATE INDEX document_version_failed ON document_version (tenant_id, document_id) WHERE status = 'failed'`);

    // When documents of a tenant were last given to the workers out of those that wait.
    await queryRunner.query(`
      CREATE TABLE ingest_turn (
        tenant_id uuid PRIMARY KEY REFERENCES tenant ON DELETE CASCADE,
        served_at timestamptz NOT NULL
      )`);

    // Set while documents of the job are still being received; past, if the process died that received them.
    await queryRunner.query(`
      ALTER TABLE ingest_job
        ADD COLUMN receiving_until timestamptz,
        ADD COLUMN complete boolean NOT NULL DEFAULT true`);
    await queryRunner.query(`CREATE INDEX ingest_job_tenant ON ingest_job (tenant_id, id)`);
    await queryRunner.query(`
      CREATE TABLE ingest_job_rejection (
        job_id    uuid NOT NULL REFERENCES ingest_job ON DELETE CASCADE,
        line      integer NOT NULL,                   -- from 1
        tenant_id uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        code      text NOT NULL,
        message   text NOT NULL,
        PRIMARY KEY (job_id, line)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ingest_job_rejection`);
    await queryRunner.query(`DROP INDEX ingest_job_tenant`);
    await queryRunner.query(`ALTER TABLE ingest_job DROP COLUMN receiving_until, DROP COLUMN complete`);
    await queryRunner.query(`DROP TABLE ingest_turn`);
    await queryRunner.query(`DROP INDEX document_version_failed`);
    await queryRunner.query(`DROP INDEX document_version_under_way`);
    // Those that wait have to be found by the sweeper of the version before: it takes what is long ago.
    await queryRunner.query(`ALTER TABLE document_version DROP COLUMN crashes`);
  }
}
