import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reading documents is a scope of its own, and keys may be limited to collections. */
export class KeyReading1763770200000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Names, which need not exist yet; null: all of the tenant.
    await queryRunner.query(`ALTER TABLE api_key ADD COLUMN collections text[]`);
    // Those that there are keep what they may do. The version before does not know the scope, and needs none for it.
    await queryRunner.query(`
      UPDATE api_key SET scopes = array_append(scopes, 'documents:read')
      WHERE 'ingest' = ANY(scopes) AND NOT 'documents:read' = ANY(scopes)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // The version before would let them into all collections, and whoever may write read.
    await queryRunner.query(`DELETE FROM api_key WHERE collections IS NOT NULL`);
    await queryRunner.query(`UPDATE api_key SET scopes = array_remove(scopes, 'documents:read')`);
    await queryRunner.query(`ALTER TABLE api_key DROP COLUMN collections`);
  }
}
